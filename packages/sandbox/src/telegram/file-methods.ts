import type { MethodCall } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import { findFileById, storeDocument, storePhoto } from "./files.ts";
import { Params } from "./params.ts";
import type { StoredMessage } from "./state.ts";
import { readCaption, readEntities } from "./text.ts";

/** The unique name of an upload or of a known file. URLs are not fetched. */
export function readPhoto({ backend, params }: MethodCall, reference: string): string {
  const upload = params.upload(reference);
  if (upload !== undefined) return storePhoto(backend, upload).unique;
  if (/^https?:\/\//.test(reference)) throw badRequest("failed to get HTTP URL content");
  const known = findFileById(backend.host.state, reference);
  if (known === undefined) throw badRequest("wrong file identifier/HTTP URL specified");
  if (known.width === null) throw badRequest("can't use file of type Document as Photo");
  return known.unique;
}

/** The same for a file of any other kind. */
export function readFile({ backend, params }: MethodCall, reference: string): string {
  const upload = params.upload(reference);
  if (upload !== undefined) return storeDocument(backend, upload).unique;
  if (/^https?:\/\//.test(reference)) throw badRequest("failed to get HTTP URL content");
  const known = findFileById(backend.host.state, reference);
  if (known === undefined) throw badRequest("wrong file identifier/HTTP URL specified");
  return known.unique;
}

/** A part of an album, or what stands in the place of another file. */
export function readMedia(
  call: MethodCall,
  part: Record<string, unknown>,
): Pick<StoredMessage, "text"> & Partial<StoredMessage> {
  const params = new Params(part);
  const reference = params.string("media") ?? "";
  const words = { text: readCaption(params), entities: readEntities(params) };
  if (part.type === "photo") return { ...words, photoFile: readPhoto(call, reference) };
  if (typeof part.type !== "string") throw badRequest("can't parse media JSON object");
  return { ...words, documentFile: readFile(call, reference), fileField: part.type };
}
