/** What `config check` and `key generate` take, and their help. */
import { keyAlgorithmDefault } from "../../config/defaults.ts";
import { keyAlgorithms } from "../../config/types.ts";
import { type Command, jsonOption } from "../command.ts";

export const configCommands: readonly Command[] = [
  {
    words: ["config", "check"],
    line: "Reads the configuration and lists every fault",
    options: { json: jsonOption },
    paragraphs: [
      "Each fault of each file with file, line, column and key, all at once. What is allowed but unwise is a warning. The " +
        "lists are not read; what the last build took of them is, to warn where an earlier zone keeps a block of a later " +
        "one from counting. Nothing is written. Exits 0 without faults, 2 with any.",
    ],
    examples: [["config check --config /etc/rpzmill/rpzmill.yaml", "Before a reload"]],
    load: async () => (await import("../commands/config-check.ts")).checkConfig,
  },
];

export const keyCommands: readonly Command[] = [
  {
    words: ["key", "generate"],
    operands: [{ name: "NAME" }],
    line: "Makes a TSIG key",
    options: {
      algorithm: {
        kind: "value",
        name: "ALGORITHM",
        describe: keyAlgorithms.join(", "),
        default: keyAlgorithmDefault,
      },
      output: { kind: "value", name: "FILE", describe: "Write the secret to this file, for its owner only" },
      force: { kind: "flag", describe: "Replace the file" },
      json: jsonOption,
    },
    paragraphs: [
      "NAME is a domain name, the same at both ends. The secret is random and as long as the algorithm's digest " +
        "(RFC 8945 section 8), in base64.",
      "With --output the secret goes to the file, and stdout has what to write into the configuration here, and into " +
        "those of BIND, PowerDNS Recursor, Knot DNS and NSD. Without it, stdout has the secret and nothing else.",
    ],
    examples: [
      ["key generate isp-a --output keys/isp-a.key", "A key for one resolver, and how to use it"],
      ["key generate isp-a --algorithm hmac-sha512", "Only the secret, longer"],
    ],
    load: async () => (await import("../commands/key-generate.ts")).generateKey,
  },
];
