/** Why a socket is closed: what it asks for is not allowed, the server restarts, its reader is too slow. @see https://www.rfc-editor.org/rfc/rfc6455#section-7.4 */
export const CLOSE = { policy: 1008, restart: 1012, tryAgain: 1013 } as const;
