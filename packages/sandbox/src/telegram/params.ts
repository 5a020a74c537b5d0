import type { Upload } from "../http.ts";
import { badRequest } from "./bot-api-error.ts";

/** Parameters of one Bot API call, from whichever of the four encodings they came in. */
export class Params {
  readonly #values: Record<string, unknown>;
  readonly #uploads: Upload[];

  constructor(values: Record<string, unknown>, uploads: Upload[] = []) {
    this.#values = values;
    this.#uploads = uploads;
  }

  has(name: string): boolean {
    const value = this.#values[name];
    return value !== undefined && value !== null && value !== "";
  }

  string(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  integer(name: string): number | undefined {
    const text = this.string(name)?.trim();
    if (text === undefined || !/^-?\d+$/.test(text)) return undefined;
    return Number(text);
  }

  boolean(name: string): boolean {
    return ["true", "1", "yes"].includes(this.string(name)?.toLowerCase() ?? "");
  }

  /** A structured parameter: an object in a JSON body, its JSON text elsewhere. @throws BotApiError 400 */
  json(name: string): unknown {
    const value = this.#values[name];
    if (typeof value !== "string" || value === "") return value === "" ? undefined : value;
    try {
      return JSON.parse(value);
    } catch {
      throw badRequest(`can't parse ${name} JSON object`);
    }
  }

  /** The upload that a field or an `attach://name` value stands for. */
  upload(reference: string): Upload | undefined {
    const name = reference.startsWith("attach://") ? reference.slice("attach://".length) : reference;
    return this.#uploads.find((upload) => upload.field === name);
  }

  /** For the call log: uploads by name and size only. */
  toLog(): Record<string, unknown> {
    const uploads = this.#uploads.map(({ field, name, bytes }) => [field, { filename: name, size: bytes.length }]);
    return { ...this.#values, ...Object.fromEntries(uploads) };
  }
}
