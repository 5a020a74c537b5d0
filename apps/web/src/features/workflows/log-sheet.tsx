import { useMutation } from "@tanstack/react-query";
import { type LucideIcon, RotateCw } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { Sheet } from "../../ui/modal.tsx";
import { Facts, OpeningRow } from "../../ui/opening-row.tsx";
import { showToast } from "../../ui/toast-manager.ts";
import { SectionState } from "../settings/section.tsx";
import { useFailureToast } from "../shell/use-failure-toast.ts";

/** How many lines are read at once. */
export const LOG_PAGE = 30;

/** Of a list of lines that is read page by page, and again every few seconds while it is looked at. */
export const LOG_QUERY = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: { nextOffsetId: string | null }) => page.nextOffsetId,
  staleTime: 0,
  refetchInterval: 3_000,
};

type ReplayButtonProps = {
  label: string;
  done: string;
  failed: string;
  replay: () => Promise<unknown>;
  onDone: () => void;
};

/** Does once more what a line tells of. */
export function ReplayButton({ label, done, failed, replay, onDone }: ReplayButtonProps) {
  const toastFailure = useFailureToast();
  const { mutate, isPending } = useMutation({
    mutationFn: replay,
    onSuccess: () => showToast({ icon: RotateCw, title: done }),
    onError: toastFailure(failed),
    onSettled: onDone,
  });
  return (
    <Button size="sm" className="mt-2" aria-disabled={isPending} onClick={() => !isPending && mutate()}>
      <Icon of={RotateCw} size={14} />
      {label}
    </Button>
  );
}

type LogRowProps = {
  title: string;
  /** Below the title: when, and what a line can say of it. */
  line: string;
  tone: ComponentProps<typeof Chip>["tone"];
  state: string;
  facts: ComponentProps<typeof Facts>["rows"];
  /** Below the facts. */
  children: ReactNode;
};

/** A line that opens to its facts. */
export const LogRow = ({ title, line, tone, state, facts, children }: LogRowProps) => (
  <OpeningRow
    className="grid grid-cols-[minmax(0,1fr)_auto_16px] items-center gap-x-3 px-4 py-1.5"
    cells={
      <>
        <span className="min-w-0">
          <span className="block truncate font-medium">{title}</span>
          <span className="num block truncate text-12 text-muted">{line}</span>
        </span>
        <Chip tone={tone}>{state}</Chip>
      </>
    }
  >
    <div className="bg-surface-2 px-4 py-3">
      <Facts rows={facts} />
      {children}
    </div>
  </OpeningRow>
);

type LogSheetProps<Line> = {
  title: string;
  label: string;
  empty: { icon: LucideIcon; title: string };
  more: { more: string; end: string };
  list: ComponentProps<typeof LoadMore>["list"] & {
    data?: { pages: readonly { items: readonly Line[] }[] } | undefined;
    error: unknown;
    refetch: () => unknown;
  };
  row: (line: Line) => ReactNode;
  onClose: () => void;
};

/** What was done and what became of it, the newest first. */
export function LogSheet<Line>({ title, label, empty, more, list, row, onClose }: LogSheetProps<Line>) {
  const content = () => {
    if (!list.data) return <SectionState error={list.error} onRetry={() => void list.refetch()} />;
    const lines = list.data.pages.flatMap(({ items }) => items);
    if (lines.length === 0) return <EmptyState {...empty} />;
    return (
      <div className="scroll-pane min-h-0 flex-1">
        <ul aria-label={label}>{lines.map(row)}</ul>
        <LoadMore list={list} {...more} />
      </div>
    );
  };
  return (
    <Sheet onClose={onClose} title={title}>
      {content()}
    </Sheet>
  );
}
