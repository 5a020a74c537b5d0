import type { Rewards } from "@pult/api/trading/rewards/schema.ts";
import { useEffect, useState } from "react";
import { type Failure, isTransient, toFailure } from "../../../trpc/failure.ts";
import { newId } from "../../thread/send-queue.ts";
import type { TradingPort } from "../room-store.ts";
import { untilAnswered, type Waiting } from "../until-answered.ts";
import { useSending } from "../use-sending.ts";

const RETRY_MS = 3_000;

/** The reader's tier and rewards, now and after every trade and claim. */
export function useRewards(port: TradingPort): { rewards: Rewards | null; failure: Failure | null } {
  const [rewards, setRewards] = useState<Rewards | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a round follows them anew
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = port.follow(({ trading }) => {
      const onError = (error: Error) => {
        const refusal = toFailure(error);
        setFailure(refusal);
        if (isTransient(refusal)) timer = setTimeout(() => setRound((now) => now + 1), RETRY_MS);
      };
      const onData = (now: Rewards) => {
        setFailure(null);
        setRewards(now);
      };
      const { unsubscribe } = trading.onRewards.subscribe({}, { onData, onError });
      return unsubscribe;
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [port, round]);
  return { rewards, failure: rewards ? null : failure };
}

type Listeners = { onClaimed(lamports: string): void; onRefused?(): void };

/** Claims what has accrued, once for each press however often it has to be asked. */
export function useClaim(port: TradingPort, { onClaimed, onRefused = () => {} }: Listeners) {
  const claim = (clientId: string, waiting: Waiting) =>
    untilAnswered(
      (signal) => port.withSession(({ trading }) => trading.rewards.claim.mutate({ clientId }, { signal })),
      { online: port.online, ...waiting },
    );
  const { sending, send } = useSending(claim, { onDone: ({ claimed }) => onClaimed(claimed), onRefused });
  return { claiming: sending, claim: () => send(newId()) };
}
