import type { Board, Deal, RecordQuery } from "@pult/api/crm/schema.ts";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { inOrder } from "../../../trpc/in-order.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { BOARDS_KEY } from "../data/keys.ts";
import { beginMove, endMove, putRecord } from "../data/records-cache.ts";
import { moveDeal, type Place } from "./board-state.ts";

export type BoardQuery = Pick<RecordQuery, "query" | "filters">;

/** The first deals of each stage of a pipeline, of the first one where none is named. */
export function useBoard(pipelineId: string | null, { query, filters }: BoardQuery) {
  const client = useTRPCClient();
  const language = useLocale();
  return useQuery({
    queryKey: [...BOARDS_KEY, pipelineId, { query, filters }],
    queryFn: ({ signal }) =>
      client.chats.deals.board.query(
        { language, filters, ...(query ? { query } : {}), ...(pipelineId ? { pipelineId } : {}) },
        { signal },
      ),
    placeholderData: keepPreviousData,
  });
}

/** Versions that our own moves made: of two in quick succession the second one follows the first. */
const ownVersions = new Map<string, number>();

/** Moves a deal: at once on every board, and back to where it is by now when the server refuses. */
export function useMoveDeal() {
  const t = useTranslations("contacts.board");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  /** @returns whether it was moved */
  return async (deal: Deal, { stageId, beforeId }: Place): Promise<boolean> => {
    queryClient.setQueriesData<Board>(
      { queryKey: BOARDS_KEY },
      (board) => board && moveDeal(board, deal.id, { stageId, beforeId }),
    );
    beginMove();
    try {
      const { id } = deal;
      const moved = await inOrder(`record ${id}`, () => {
        const version = Math.max(deal.version, ownVersions.get(id) ?? 0);
        return client.chats.deals.move.mutate({ id, version, stageId, beforeId });
      });
      ownVersions.set(id, moved.version);
      putRecord(queryClient, moved);
      return true;
    } catch (error) {
      failed(t("notMoved", { number: deal.number }))(error);
      const now = await client.chats.deals.get.query({ id: deal.id }).catch(() => null);
      if (now) putRecord(queryClient, now);
      void readAgain(queryClient, BOARDS_KEY);
      return false;
    } finally {
      endMove();
    }
  };
}
