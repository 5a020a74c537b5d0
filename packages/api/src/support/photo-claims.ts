import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { DomainError } from "../errors.ts";
import type { StoredPhotoRow } from "./stored.ts";
import type { MessageWrite } from "./write.ts";

export interface ClaimedPhotos {
  photos: StoredPhotoRow[];
  error: DomainError | null;
}

/** The uploaded photos each write names: unattached, its uploader's own, and each for one message only. */
export async function claimPhotos(tx: Transaction, writes: readonly MessageWrite[]): Promise<ClaimedPhotos[]> {
  const ids = [...new Set(writes.flatMap((write) => write.photoIds))];
  if (ids.length === 0) return writes.map(() => ({ photos: [], error: null }));
  const rows = rowsOf<StoredPhotoRow & { ownerRef: string }>(
    await tx.execute(sql`
      select id, file_key as "fileKey", thumb_key as "thumbKey", content_type as "contentType", width, height, size_bytes as "sizeBytes",
             owner_ref as "ownerRef"
      from photos where message_id is null and id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)) for update`),
  );
  const free = new Map(rows.map((row) => [row.id, row]));
  return writes.map((write) => claim(write, free));
}

function claim(write: MessageWrite, free: Map<string, StoredPhotoRow & { ownerRef: string }>): ClaimedPhotos {
  const photos: StoredPhotoRow[] = [];
  for (const id of write.photoIds) {
    const row = free.get(id);
    if (row?.ownerRef !== write.ownerRef || photos.some((photo) => photo.id === id)) {
      return {
        photos: [],
        error: new DomainError("VALIDATION", `There is no uploaded photo ${id} of yours to attach`),
      };
    }
    const { ownerRef: _, ...photo } = row;
    photos.push(photo);
  }
  for (const { id } of photos) free.delete(id);
  return { photos, error: null };
}
