import { Api } from "telegram/tl/index.js";
import type { Media, Plain, StoredFile } from "../state.ts";
import { toBigInt, toLong } from "../wire/tl.ts";
import { fileHash, makeFileReference } from "./media.ts";
import type { Call } from "./method.ts";
import { toPlain, toPlains } from "./plain.ts";
import { RpcError } from "./rpc-error.ts";

/** What a client sends as media: an upload, a file that is here already, a place or a contact. @throws RpcError */
export function toMedia(call: Call, input: Api.TypeInputMedia): Media {
  if (input instanceof Api.InputMediaUploadedPhoto) {
    return ofFile(storePhoto(call, input.file), input);
  }
  if (input instanceof Api.InputMediaUploadedDocument) return ofFile(storeDocument(call, input), input);
  if (input instanceof Api.InputMediaPhoto || input instanceof Api.InputMediaDocument) {
    const { id } = input;
    if (!(id instanceof Api.InputPhoto || id instanceof Api.InputDocument)) throw new RpcError("MEDIA_EMPTY");
    return ofFile(findFile(call, id), input);
  }
  const media = toOther(input);
  if (media === undefined) throw new RpcError("MEDIA_INVALID");
  return { kind: "other", media };
}

function ofFile({ unique }: StoredFile, { spoiler }: { spoiler?: boolean }): Media {
  return { kind: "file", file: unique, isSpoiler: spoiler === true };
}

function storePhoto({ backend, account }: Call, file: Api.TypeInputFile): StoredFile {
  return backend.files.add(backend.uploads.take(account.personId, file), { kind: "photo", mime: "image/jpeg" });
}

function storeDocument(call: Call, input: Api.InputMediaUploadedDocument): StoredFile {
  const { backend, account } = call;
  const bytes = backend.uploads.take(account.personId, input.file);
  return backend.files.add(bytes, {
    kind: "document",
    mime: input.mimeType,
    attributes: toPlains(input.attributes),
    thumb: input.thumb ? storePhoto(call, input.thumb).unique : null,
  });
}

/** @throws RpcError unless the client knows the file: its hash, and a reference that has not expired */
export function findFile(
  { backend }: Call,
  named: Pick<Api.InputPhoto, "id" | "accessHash" | "fileReference">,
): StoredFile {
  const id = String(named.id);
  const file = backend.files.findById(id);
  if (file === undefined || toBigInt(named.accessHash) !== fileHash(id)) throw new RpcError("FILE_ID_INVALID");
  if (!makeFileReference(backend.host.state, id).equals(named.fileReference))
    throw new RpcError("FILE_REFERENCE_EXPIRED");
  return file;
}

function toOther(input: Api.TypeInputMedia): Plain | undefined {
  if (input instanceof Api.InputMediaGeoPoint)
    return toPlain(new Api.MessageMediaGeo({ geo: toPoint(input.geoPoint) }));
  if (input instanceof Api.InputMediaVenue) {
    const { title, address, provider, venueId, venueType } = input;
    const venue = { title, address, provider, venueId, venueType };
    return toPlain(new Api.MessageMediaVenue({ geo: toPoint(input.geoPoint), ...venue }));
  }
  if (!(input instanceof Api.InputMediaContact)) return undefined;
  const { phoneNumber, firstName, lastName, vcard } = input;
  return toPlain(new Api.MessageMediaContact({ phoneNumber, firstName, lastName, vcard, userId: toLong(0) }));
}

function toPoint(input: Api.TypeInputGeoPoint): Api.TypeGeoPoint {
  if (!(input instanceof Api.InputGeoPoint)) return new Api.GeoPointEmpty();
  return new Api.GeoPoint({ lat: input.lat, long: input.long, accessHash: toLong(0) });
}
