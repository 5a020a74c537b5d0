import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import type { Draft } from "./use-draft.ts";

/** How soon names and numbers of subscribers are asked for again. */
const FRESH_MS = 60_000;
/** How soon the budget is: it changes with every call of the bot. */
const BUDGET_MS = 15_000;

/** Topics of the live group whose names are known. */
export const useTopics = () =>
  useQuery(
    useTRPC().notifications.broadcasts.topics.queryOptions(undefined, {
      staleTime: FRESH_MS,
      refetchInterval: FRESH_MS,
    }),
  );

/** A topic by its name, or by its id where the bot knows none. */
export function useTopicText() {
  const t = useTranslations("live.broadcast");
  const { data } = useTopics();
  return (threadId: number | null) => {
    if (threadId === null) return t("general");
    return data?.find((topic) => topic.threadId === threadId)?.name ?? t("topic", { id: String(threadId) });
  };
}

/** Customers who agreed to broadcasts. */
export const useSubscribers = () =>
  useQuery(useTRPC().notifications.broadcasts.subscribers.queryOptions(undefined, { staleTime: FRESH_MS }));

/** Where and how, as the API takes it. */
export const toPlan = ({ to, language, topics, pin, unpinPrevious, paid, startsAt }: Draft) => ({
  ...(to === "customers"
    ? { recipients: { customers: true as const, ...(language === null ? {} : { languageCode: language }) }, paid }
    : topics.length > 0
      ? { threadIds: topics }
      : {}),
  pin: to === "topics" && pin,
  unpinPrevious: to === "topics" && pin && unpinPrevious,
  ...(startsAt !== null && !Number.isNaN(Date.parse(startsAt)) ? { startsAt: new Date(startsAt).toISOString() } : {}),
});

/** What the broadcast that is being written would cost. */
export const useEstimate = (draft: Draft) =>
  useQuery(
    useTRPC().notifications.broadcasts.estimate.queryOptions(toPlan(draft), {
      refetchInterval: BUDGET_MS,
      placeholderData: (before) => before,
    }),
  );
