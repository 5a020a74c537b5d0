import type { Deps } from "../context.ts";
import { perProcess } from "../per-process.ts";
import type { Bucket } from "./pacer.ts";

/** Calls that a bucket takes at once; null without a limit of ours, or while another node works off the lease. */
type ReadRoom = (lease: string, bucket: Bucket) => number | null;

const readers = perProcess((): { read: ReadRoom } => ({ read: () => null }));

/** For the outbox of this process. */
export const offerRoom = (deps: Pick<Deps, "bus">, read: ReadRoom): void => {
  readers(deps).read = read;
};

/** How many calls a bucket takes at once, as the pacer of this process counts them. */
export const roomIn = (deps: Pick<Deps, "bus">, lease: string, bucket: Bucket): number | null =>
  readers(deps).read(lease, bucket);
