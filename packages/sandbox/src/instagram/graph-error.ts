import { randomBytes } from "node:crypto";

interface GraphErrorFacts {
  /** HTTP status; default 400. */
  status?: number;
  type?: "OAuthException" | "IGApiException";
  code: number;
  subcode?: number;
  isTransient?: boolean;
}

/** An error as the Graph API answers it. */
export class GraphError extends Error {
  readonly status: number;
  readonly body: object;

  constructor(message: string, { status = 400, type = "OAuthException", code, subcode, isTransient }: GraphErrorFacts) {
    super(message);
    this.status = status;
    this.body = {
      error: {
        message,
        type,
        code,
        ...(subcode === undefined ? {} : { error_subcode: subcode }),
        ...(isTransient === undefined ? {} : { is_transient: isTransient }),
        fbtrace_id: `A${randomBytes(17).toString("base64url")}`,
      },
    };
  }
}

export const invalidParameter = (message: string) =>
  new GraphError(`(#100) ${message}`, { type: "IGApiException", code: 100 });

/** An object that is not there, or not this account's. */
export const unknownObject = (id: string, method: string) =>
  new GraphError(
    `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
    { type: "IGApiException", code: 100, subcode: 33 },
  );
