import { Api } from "telegram/tl/index.js";
import type { StoredFile } from "../state.ts";
import { findFile } from "./media-input.ts";
import { type Call, method } from "./method.ts";
import { RpcError } from "./rpc-error.ts";
import { uploadKey } from "./uploads.ts";

const MAX_CHUNK = 1024 * 1024;

export const uploadMethods = [
  method(Api.upload.SaveFilePart, saveFilePart),
  method(Api.upload.SaveBigFilePart, saveFilePart),
  method(Api.upload.GetFile, getFile),
];

type PartRequest = Pick<Api.upload.SaveFilePart, "fileId" | "filePart" | "bytes">;

function saveFilePart({ backend, account }: Call, { fileId, filePart, bytes }: PartRequest): boolean {
  backend.uploads.add(uploadKey(account.personId, String(fileId)), filePart, bytes);
  return true;
}

function getFile(call: Call, { location, offset, limit }: Api.upload.GetFile): Api.upload.File {
  const { files } = call.backend;
  if (limit <= 0 || limit > MAX_CHUNK) throw new RpcError("LIMIT_INVALID");
  const file = call.account && findLocated(call, location);
  const bytes = files.read(file.unique);
  if (bytes === undefined) throw new RpcError("LOCATION_INVALID");
  const from = Number(offset);
  return new Api.upload.File({ type: toFileType(file), mtime: file.date, bytes: bytes.subarray(from, from + limit) });
}

function findLocated(call: Call, location: Api.TypeInputFileLocation): StoredFile {
  const { files } = call.backend;
  if (location instanceof Api.InputPhotoFileLocation) return findFile(call, location);
  if (location instanceof Api.InputDocumentFileLocation) {
    const file = findFile(call, location);
    const wanted = location.thumbSize ? files.find(file.thumb) : file;
    if (wanted !== undefined) return wanted;
  }
  if (location instanceof Api.InputPeerPhotoFileLocation) {
    const { peer } = location;
    const isUser = peer instanceof Api.InputPeerUser || peer instanceof Api.InputPeerSelf;
    const owner = isUser ? call.person(peer) : call.chat(peer);
    const photo = files.find(owner.photo);
    if (photo !== undefined && photo.id === String(location.photoId)) return photo;
  }
  throw new RpcError("LOCATION_INVALID");
}

function toFileType({ mime }: StoredFile): Api.storage.TypeFileType {
  if (mime === "image/jpeg") return new Api.storage.FileJpeg();
  if (mime === "image/png") return new Api.storage.FilePng();
  if (mime === "image/gif") return new Api.storage.FileGif();
  return mime === "video/mp4" ? new Api.storage.FileMp4() : new Api.storage.FileUnknown();
}
