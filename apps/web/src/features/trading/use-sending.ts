import type { TradeResult } from "@pult/api/trading/schema.ts";
import { useEffect, useRef, useState } from "react";
import { type Failure, toFailure } from "../../../trpc/failure.ts";
import { newId } from "../../thread/send-queue.ts";
import type { RoomStore } from "../room-store.ts";

type Request = Parameters<RoomStore["trade"]>[0];

type Sending =
  | { state: "idle" }
  /** `isLate`: no answer has come, so that it may have been made; it is asked for again under the same id. */
  | { state: "sending"; isLate: boolean }
  | { state: "done"; result: TradeResult }
  | { state: "refused"; failure: Failure };

/** The second click of a double click is no second trade. */
const DONE_MS = 1_200;

type Listeners = { onTraded(result: TradeResult): void; onRefused(): void };

/** Makes trades, each once, and knows what became of each while the ticket is there. */
export function useSending(store: RoomStore, { onTraded, onRefused }: Listeners) {
  const [sending, setSending] = useState<Sending>({ state: "idle" });
  const left = useRef(new AbortController());
  useEffect(() => {
    const leaving = new AbortController();
    left.current = leaving;
    return () => leaving.abort();
  }, []);
  useEffect(() => {
    if (sending.state !== "done") return;
    const timer = setTimeout(() => setSending({ state: "idle" }), DONE_MS);
    return () => clearTimeout(timer);
  }, [sending]);
  const run = async (request: Request): Promise<void> => {
    const { signal } = left.current;
    setSending({ state: "sending", isLate: false });
    try {
      const onLate = () => setSending({ state: "sending", isLate: true });
      const result = await store.trade(request, { signal, onLate });
      setSending({ state: "done", result });
      onTraded(result);
    } catch (error) {
      if (signal.aborted) return;
      setSending({ state: "refused", failure: toFailure(error) });
      onRefused();
    }
  };
  return {
    sending,
    send: (order: Omit<Request, "clientId">) => void run({ ...order, clientId: newId() }),
    /** The trader has read why it was refused, and changes the order. */
    forget: () => setSending((now) => (now.state === "refused" ? { state: "idle" } : now)),
  };
}
