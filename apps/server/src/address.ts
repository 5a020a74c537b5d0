/** `http://host:port` as browsers write it: IPv6 in brackets, no port where it is 80. */
export const httpOrigin = (host: string, port: number): string =>
  new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`).origin;
