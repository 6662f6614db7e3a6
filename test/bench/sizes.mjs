/** The sizes that the benchmarks run at. */

/**
 * `coldLines`: lines of the hosts files that are built from nothing. `zoneLines`: lines whose zone is transferred and
 * compared with a plain socket. `largeLines`: lines whose zone is changed, kept in memory and transferred whole.
 * One line in ten is covered by another and some are there twice: 1.12 M lines make 1.0 M rules, and 11.6 M make 10 M.
 * `addresses`: lines of the list of addresses. `ledgerRows`: rows of the table whose rows have facts. `mispEvents`: events of a MISP,
 * with 25 attributes each. `retentionNames`:
 * names of the lists that change every hour, for `retentionDays`.
 * `runs`: builds from nothing, changes and starts. `transfers`: transfers in each of four turns.
 */
export const sizes = {
  "10k": {
    coldLines: [10_000],
    zoneLines: 11_200,
    largeLines: 11_200,
    addresses: 10_000,
    ledgerRows: 2000,
    mispEvents: 200,
    retentionNames: 2000,
    retentionDays: 2,
    runs: 1,
    transfers: 1,
    isTrial: true,
  },
  "1m": {
    coldLines: [1_000_000],
    zoneLines: 1_120_000,
    largeLines: 1_120_000,
    addresses: 1_000_000,
    ledgerRows: 200_000,
    mispEvents: 20_000,
    retentionNames: 50_000,
    retentionDays: 2,
    runs: 5,
    transfers: 10,
    isTrial: false,
  },
  full: {
    coldLines: [1_000_000, 11_000_000],
    zoneLines: 1_120_000,
    largeLines: 11_600_000,
    addresses: 1_000_000,
    ledgerRows: 2_000_000,
    mispEvents: 20_000,
    retentionNames: 1_000_000,
    retentionDays: 2,
    runs: 5,
    transfers: 10,
    isTrial: false,
  },
};
