import type { Board, Deal } from "@pult/api/crm/schema.ts";
import { BriefcaseBusiness, Clock3, Columns3, List, type LucideIcon } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { type ReactNode, useMemo } from "react";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { Select } from "../../../ui/select.tsx";
import { AfterDelay, Skeleton } from "../../../ui/skeleton.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { FailedState } from "../../shell/failed-state.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { useContactsAddress } from "../contacts-address.ts";
import { useColleagues, usePipelines } from "../data/use-setup.ts";
import { FilterBar } from "../list/filter-bar.tsx";
import { RecordsPane, useShownQuery } from "../list/records-pane.tsx";
import { Segments } from "../list/segments.tsx";
import { fromCents, toCents, useMoney } from "../money.ts";
import { DealBoard } from "./deal-board.tsx";
import { useBoard } from "./use-board.ts";
import { useDealColumns } from "./use-deal-columns.tsx";

const EVERYONE = "everyone";

const ModeLabel = ({ icon, text }: { icon: LucideIcon; text: string }) => (
  <>
    <Icon of={icon} size={14} />
    <span className="max-md:sr-only">{text}</span>
  </>
);

/** In the head of the page: which pipeline, and as a board or as a list. */
export function DealsHead() {
  const t = useTranslations("contacts.board");
  const { mode, pipeline, setAddress } = useContactsAddress();
  const pipelines = usePipelines();
  return (
    <>
      {pipelines.length > 1 ? (
        <Select
          label={t("pipeline")}
          value={pipeline ?? pipelines[0]?.id ?? ""}
          options={pipelines.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(id) => void setAddress({ pipeline: id })}
          className="max-md:max-w-28"
        />
      ) : null}
      <Segmented
        label={t("mode")}
        value={mode}
        options={[
          { value: "board", label: <ModeLabel icon={Columns3} text={t("board")} /> },
          { value: "list", label: <ModeLabel icon={List} text={t("list")} /> },
        ]}
        onChange={(next) => void setAddress({ mode: next })}
      />
    </>
  );
}

/** What is open, and what of it to expect by the probability of the stages. */
function Summary({ board }: { board: Board }) {
  const t = useTranslations("contacts.board");
  const format = useFormatter();
  const { moneys } = useMoney();
  const { count, open, weighted } = useMemo(() => {
    const sums = { open: new Map<string, bigint>(), weighted: new Map<string, bigint>() };
    let deals = 0;
    for (const { stageId, totalCount, amounts } of board.columns) {
      const stage = board.pipeline.stages.find(({ id }) => id === stageId);
      if (stage?.kind !== "open") continue;
      deals += totalCount;
      for (const [currency, amount] of Object.entries(amounts)) {
        const cents = toCents(amount);
        sums.open.set(currency, (sums.open.get(currency) ?? 0n) + cents);
        const part = (cents * BigInt(stage.probability)) / 100n;
        sums.weighted.set(currency, (sums.weighted.get(currency) ?? 0n) + part);
      }
    }
    const of = (cents: Map<string, bigint>) =>
      Object.fromEntries([...cents].map(([currency, sum]) => [currency, fromCents(sum)]));
    return { count: deals, open: of(sums.open), weighted: of(sums.weighted) };
  }, [board]);
  const parts = [
    t("open", { count, number: format.number(count) }),
    moneys(open),
    moneys(weighted) ? t("weighted", { sum: moneys(weighted) }) : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

/** Whose deals, and those whose next step is overdue. */
function BoardFilters({ children, found }: { children?: ReactNode; found?: ReactNode }) {
  const t = useTranslations("contacts.board");
  const { segment, setAddress } = useContactsAddress();
  const { filters } = useShownQuery("deal");
  const colleagues = useColleagues();
  const owner = filters.find(({ field, operator }) => field === "ownerId" && operator === "is")?.value;
  const others = filters.filter(({ field }) => field !== "ownerId");
  const setOwner = (id: string) => {
    const next = id === EVERYONE ? others : [...others, { field: "ownerId", operator: "is" as const, value: id }];
    void setAddress({ filters: next.length > 0 ? next : null });
  };
  const isOverdue = segment === "overdue";
  return (
    <FilterBar
      entity="deal"
      filters={others}
      onChange={(next) => {
        const kept = filters.filter(({ field }) => field === "ownerId");
        void setAddress({ filters: next.length + kept.length > 0 ? [...kept, ...next] : null });
      }}
      lead={
        <>
          <Select
            label={t("owner")}
            value={typeof owner === "string" ? owner : EVERYONE}
            options={[
              { value: EVERYONE, label: t("everyone") },
              ...colleagues.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            onChange={setOwner}
            className="shrink-0"
          />
          <Button
            size="sm"
            aria-pressed={isOverdue}
            onClick={() => void setAddress({ segment: isOverdue ? null : "overdue" })}
          >
            <Icon of={Clock3} size={14} />
            {t("overdue")}
          </Button>
        </>
      }
      found={found}
    >
      {children}
    </FilterBar>
  );
}

const COLUMNS = [3, 2, 4, 1, 2];

function BoardSkeleton() {
  return (
    <div className="grid grid-flow-col bg-canvas max-md:grid-flow-row">
      {COLUMNS.map((cards, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
        <div key={index} className="flex flex-col gap-2 border-line border-r p-2">
          <Skeleton className="my-2 h-4 w-24" />
          {Array.from({ length: cards }, (_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
            <Skeleton key={at} className="h-[84px]" />
          ))}
        </div>
      ))}
    </div>
  );
}

function BoardView() {
  const t = useTranslations("contacts");
  const tCommon = useTranslations("common");
  const errorText = useErrorText();
  const mayWrite = useMay()("chats:write");
  const { pipeline, setAddress, openNew, openRecord } = useContactsAddress();
  const { query, isChanged, segment } = useShownQuery("deal");
  const { data: board, error, refetch } = useBoard(pipeline, query);
  const isEmpty = board?.columns.every(({ totalCount }) => totalCount === 0) ?? false;
  const isNarrowed = isChanged || segment?.id !== null;
  const content = () => {
    if (!board) {
      if (error) return <FailedState title={t("board.failed")} hint={errorText(error)} onRetry={() => refetch()} />;
      return (
        <AfterDelay label={tCommon("loading")}>
          <BoardSkeleton />
        </AfterDelay>
      );
    }
    if (isEmpty && !isNarrowed) {
      return (
        <EmptyState icon={BriefcaseBusiness} title={t("none.deal")} hint={t("noneHint.deal")}>
          {mayWrite ? (
            <Button variant="primary" onClick={() => void openNew("deal")}>
              {t("new.deal")}
            </Button>
          ) : null}
        </EmptyState>
      );
    }
    return (
      <DealBoard
        key={board.pipeline.id}
        board={board}
        onOpen={({ id }: Deal) => void openRecord(id)}
        onMore={(stageId) =>
          void setAddress({ mode: "list", filters: [{ field: "stageId", operator: "is", value: stageId }] })
        }
      />
    );
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <BoardFilters found={board ? <Summary board={board} /> : null} />
      {content()}
    </div>
  );
}

function ListView({ empty }: { empty: (isNarrowed: boolean) => ReactNode }) {
  const { segment, openSegment, openRecord } = useContactsAddress();
  const columns = useDealColumns();
  return (
    <div className="flex min-h-0 flex-1">
      <Segments entity="deal" current={segment} onOpen={(id) => void openSegment(id)} />
      <RecordsPane
        key={segment}
        entity="deal"
        columns={columns}
        empty={empty}
        onOpen={({ id }) => void openRecord(id)}
      />
    </div>
  );
}

/** Deals, as a board or as a list. */
export function DealsTab({ empty }: { empty: (isNarrowed: boolean) => ReactNode }) {
  const { mode } = useContactsAddress();
  return mode === "board" ? <BoardView /> : <ListView empty={empty} />;
}
