import { join } from "node:path";
import { expect, test } from "vitest";
import { mayMount, SmallVolume } from "../../daemon/small-disk.ts";
import { body, FetchFixture, Script, serve } from "./fetch-fixture.ts";

const mounts = mayMount();

test.runIf(mounts)("on a full disk the copy stays, with its state, and the next fetch with room is whole", async () => {
  const fixture = new FetchFixture();
  const volume = new SmallVolume(join(fixture.folder, "state"), 2_000_000);
  const large = "large.example\n".repeat(60_000);
  const script = new Script(body("a.example\n", { etag: '"1"' }), body(large));
  fixture.url = await serve(script.listener);
  const more = { file: join(fixture.folder, "state/fetched/phish/0123456789abcdef.list") };
  expect(await fixture.failure(more)).toBe("new");
  const state = fixture.state(more);
  for (const octets of [400_000, 40_000, 4096, 0]) {
    volume.leave(octets);
    expect(await fixture.failure(more)).toMatch(/the disk is full/);
    expect(fixture.copy(more)).toBe("a.example\n");
    expect(fixture.state(more)?.copy).toEqual(state?.copy);
    volume.freeSpace();
  }
  expect(await fixture.failure(more)).toBe("new");
  expect(fixture.copy(more)).toBe(large);
});
