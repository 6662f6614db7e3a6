/** The contract between a primary and real secondaries, with rpzmill as the primary. */
import { startRpzmillPrimary } from "./primaries/rpzmill.ts";
import { describeSecondaries } from "./secondaries-contract.ts";

describeSecondaries("rpzmill", startRpzmillPrimary, []);
