export declare const exchangePort: number;
export declare function startExchange(where: {
  readonly folder: URL;
  readonly port?: number;
}): Promise<{ readonly origin: string; readonly close: () => void }>;
