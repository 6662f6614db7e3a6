import { expect, test } from "vitest";
import { OperatorError } from "../../../src/base/errors.ts";
import { shownUrl } from "../../../src/base/shown-url.ts";
import { FetchFailure, failureOf } from "../../../src/feed/fetch/failure.ts";

const coded = (code: string, message = "s3cret") => Object.assign(new Error(message), { code });

test.each([
  [coded("ECONNREFUSED"), "its host refuses the connection", true],
  [new Error("s3cret", { cause: coded("ENOTFOUND") }), "its host has no address", true],
  [new AggregateError([coded("EHOSTUNREACH"), coded("ENETUNREACH")]), "its host cannot be reached", true],
  [coded("CERT_SIGNATURE_FAILURE"), "no TLS connection comes about (CERT_SIGNATURE_FAILURE)", false],
  [coded("ERR_SSL_WRONG_VERSION_NUMBER"), "no TLS connection comes about (ERR_SSL_WRONG_VERSION_NUMBER)", true],
  [coded("ESOMETHING"), "ESOMETHING", true],
  [coded("Z_DATA_ERROR"), "its compression is broken, or was cut", false],
  [coded("ENOSPC"), "the disk is full", false],
])("%s is told by its code alone", (thrown, why, isTransient) => {
  expect(failureOf(thrown)).toMatchObject({ message: why, isTransient, code: "SOURCE_NOT_FETCHED" });
});

test("an error of ours keeps its words and its code", () => {
  const error = new OperatorError("SOURCE_NOT_A_LIST", 'Cannot read "x" as a list: it is a web page', "Look");
  expect(failureOf(error)).toMatchObject({ message: error.message, isWhole: true, code: "SOURCE_NOT_A_LIST" });
});

test("what is not known is a failure that names its place, and nothing that it says", () => {
  const { message } = failureOf(new TypeError("s3cret"));
  expect(message).toMatch(/^of a defect of rpzmill \(TypeError at failure\.test\.ts:\d+\)$/);
  expect(failureOf("s3cret").message).toBe("of a defect of rpzmill (string)");
  expect(failureOf(new FetchFailure("why", "what"))).toMatchObject({ message: "why" });
});

test.each([
  [
    "https://user:s3cret@lists.example:8443/a/b.txt?key=s3cret&x=1&s3cret#s3cret",
    "https://…@lists.example:8443/a/b.txt?key=…&x=…&…",
  ],
  ["https://lists.example/", "https://lists.example/"],
  ["https://lists.example/?", "https://lists.example/"],
  ["https://lists.example/?=s3cret", "https://lists.example/?=…"],
  ["s3cret", "…"],
  ["https://[s3cret", "…"],
  [`https://lists.example/${"a".repeat(1000)}`, `https://lists.example/${"a".repeat(278)}…`],
])("%s is shown as %s", (url, shown) => expect(shownUrl(url)).toBe(shown));
