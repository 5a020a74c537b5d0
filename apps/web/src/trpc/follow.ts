import { type FollowHandlers, followLog, type SubscribeLog } from "@pult/api/follow-log.ts";
import { toFailure } from "./failure.ts";

const RETRY_MS = 3_000;

type Handlers<Event, Snapshot> = Omit<FollowHandlers<Event, Snapshot>, "onError" | "onState"> & {
  /** The server ended it for good: the session is over, the right is gone, or the thing is not there. */
  onRefused(error: unknown): void;
};

/** `followLog` that comes back by itself when the server ended the subscription for a reason that may pass. Returns the way to stop. */
export function followPersistently<Event extends { type: string }, Snapshot>(
  subscribe: SubscribeLog<Event | { type: "position"; recovered: boolean; snapshot?: Snapshot | undefined }>,
  handlers: Handlers<Exclude<Event, { type: "position" }>, Snapshot>,
): () => void {
  let stop = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    stop = followLog<Event, Snapshot>(subscribe, {
      ...handlers,
      onError(error) {
        stop();
        const { kind } = toFailure(error);
        if (kind === "signedOut" || kind === "forbidden" || kind === "notFound") return handlers.onRefused(error);
        // Starts at the end of the log: the first position asks for the state to be read again.
        timer = setTimeout(open, RETRY_MS);
      },
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    stop();
  };
}
