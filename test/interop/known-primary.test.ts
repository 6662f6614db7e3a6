/** The contract between a primary and real secondaries, held against a primary from elsewhere. */
import { startKnotPrimary } from "./primaries/knot-primary.ts";
import { describeSecondaries } from "./secondaries-contract.ts";

// A primary known to be right: what fails here is the suite or a peer, not the server under test.
describeSecondaries("Knot DNS as primary", startKnotPrimary, ["knotd", "knotc"]);
