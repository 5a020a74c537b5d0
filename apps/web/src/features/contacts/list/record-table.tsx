import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslations } from "next-intl";
import { type MouseEvent, memo, type ReactNode, useEffect, useRef } from "react";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { Checkbox } from "../../../ui/switch.tsx";
import { useMedia } from "../../../ui/use-browser.ts";
import { useCommands } from "../../shell/commands.tsx";
import type { Sort } from "../contacts-address.ts";

type Row = { id: string; name: string };

export type RecordColumn<Of> = {
  id: string;
  label: string;
  /** The first one takes what the others leave. */
  width?: string;
  /** What the list is sorted by when its head is pressed. */
  sort?: string;
  /** The narrowest screen that has the column. The first one is always there. */
  from: "always" | "wide" | "widest";
  isRight?: boolean;
  render: (row: Of) => ReactNode;
};

export type Selection = {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  setAll: (isChosen: boolean) => void;
};

type RecordTableProps<Of extends Row> = {
  label: string;
  rows: readonly Of[];
  total: number;
  columns: readonly RecordColumn<Of>[];
  sort: Sort | null;
  onSort: (sort: Sort) => void;
  /** Left out where nothing can be done with many. */
  selection: Selection | null;
  hrefOf: (row: Of) => string;
  onOpen: (row: Of) => void;
  more: { has: boolean; isLoading: boolean; hasFailed: boolean; load: () => void };
};

const ROWS_BEFORE_END = 16;
const BOX_WIDTH = 40;
const FROM = { always: "", wide: "max-md:hidden", widest: "max-lg:hidden" } as const;
const CELL = "border-line border-b px-2 last:pr-4";
/** The first and the last one where others are left out. */
const FIRST = "max-md:pl-4";
const LAST = "max-md:pr-4";
/** Boxes are for a mouse and a keyboard. */
const BOX = "max-md:hidden";

type HeadProps = {
  label: string;
  sort: string | undefined;
  isRight: boolean;
  current: Sort | null;
  onSort: (sort: Sort) => void;
};

function Head({ label, sort, isRight, current, onSort }: HeadProps) {
  if (!sort) return <span className="block truncate">{label}</span>;
  const isSorted = current?.field === sort;
  return (
    <button
      type="button"
      onClick={() => onSort({ field: sort, descending: isSorted && !current.descending })}
      className={cx(
        "-mx-1 inline-flex h-6 max-w-full items-center gap-1 rounded-1 px-1 hover:bg-surface-3 hover:text-fg",
        isRight && "flex-row-reverse",
        isSorted && "text-fg",
      )}
    >
      <span className="truncate">{label}</span>
      {isSorted ? <Icon of={current.descending ? ArrowDown : ArrowUp} size={12} /> : null}
    </button>
  );
}

function sortState(sort: Sort | null, field: string | undefined) {
  if (!field) return undefined;
  if (sort?.field !== field) return "none" as const;
  return sort.descending ? ("descending" as const) : ("ascending" as const);
}

type TableRowProps = {
  row: Row;
  index: number;
  height: number;
  columns: readonly RecordColumn<Row>[];
  isChosen: boolean;
  onToggle: ((id: string) => void) | null;
  href: string;
  onOpen: (row: Row) => void;
};

const TableRow = memo(function TableRow(props: TableRowProps) {
  const { row, index, height, columns, isChosen, onToggle, href, onOpen } = props;
  const t = useTranslations("contacts.table");
  const [first, ...others] = columns;
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(row);
  };
  return (
    <tr
      aria-rowindex={index + 2}
      style={{ height }}
      className={cx("relative", isChosen ? "bg-accent-soft" : "hover:bg-surface-2")}
    >
      {onToggle ? (
        <td className={cx("relative z-10 border-line border-b pl-2", BOX)}>
          <Checkbox
            label={t("choose", { name: row.name })}
            checked={isChosen}
            onChange={() => onToggle(row.id)}
            className="-my-1"
          />
        </td>
      ) : null}
      <td className={cx(CELL, FIRST)}>
        <a
          href={href}
          onClick={open}
          data-row={index}
          className="block min-w-0 outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
        >
          {first?.render(row)}
        </a>
      </td>
      {others.map((column) => (
        <td
          key={column.id}
          className={cx(
            CELL,
            "num truncate text-fg-2",
            FROM[column.from],
            column.from === "always" && LAST,
            column.isRight && "text-right",
          )}
        >
          {column.render(row)}
        </td>
      ))}
    </tr>
  );
});

/** J and K walk through the rows, X chooses the one that has the focus. */
function useRowKeys(count: number, selection: Selection | null, idAt: (index: number) => string | undefined) {
  const t = useTranslations("contacts.table");
  const list = useRef<HTMLTableSectionElement>(null);
  const current = () => {
    const link = document.activeElement?.closest("tr")?.querySelector<HTMLElement>("[data-row]");
    return link && list.current?.contains(link) ? Number(link.dataset.row) : -1;
  };
  const step = (by: number) => {
    const wanted = Math.max(0, Math.min(count - 1, current() + by));
    const link = list.current?.querySelector<HTMLElement>(`[data-row="${wanted}"]`);
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
  };
  const choose = () => {
    const id = idAt(current());
    if (id) selection?.toggle(id);
  };
  const common = { group: "contacts", isKeyOnly: true } as const;
  useCommands([
    { ...common, id: "next-record", label: t("next"), keys: "j", run: () => step(1) },
    { ...common, id: "previous-record", label: t("previous"), keys: "k", run: () => step(-1) },
    ...(selection ? [{ ...common, id: "choose-record", label: t("chooseKey"), keys: "x", run: choose }] : []),
  ]);
  return list;
}

/** Keeps the place of rows that are not there. */
const Spacer = ({ height }: { height: number }) =>
  height > 0 ? (
    <tr aria-hidden>
      <td style={{ height }} className="p-0" />
    </tr>
  ) : null;

/** Asks for the next page when the end comes near. */
function useMore(more: RecordTableProps<Row>["more"], isNearEnd: boolean) {
  const wantsMore = more.has && !more.isLoading && !more.hasFailed && isNearEnd;
  useEffect(() => {
    if (wantsMore) more.load();
  }, [wantsMore, more.load]);
}

type HeadRowProps<Of extends Row> = Pick<RecordTableProps<Of>, "rows" | "columns" | "sort" | "onSort" | "selection">;

function HeadRow<Of extends Row>({ rows, columns, sort, onSort, selection }: HeadRowProps<Of>) {
  const t = useTranslations("contacts.table");
  const isEveryChosen = rows.length > 0 && rows.every(({ id }) => selection?.ids.has(id));
  return (
    <tr aria-rowindex={1} className="h-8 text-left text-12 text-muted">
      {selection ? (
        <th className={cx("border-line border-b pl-2", BOX)}>
          <Checkbox label={t("chooseAll")} checked={isEveryChosen} onChange={selection.setAll} className="-my-1" />
        </th>
      ) : null}
      {columns.map(({ id, label, sort: field, from, isRight = false }) => (
        <th
          key={id}
          aria-sort={sortState(sort, field)}
          className={cx(CELL, "font-medium", FROM[from], isRight && "text-right")}
        >
          <Head label={label} sort={field} isRight={isRight} current={sort} onSort={onSort} />
        </th>
      ))}
    </tr>
  );
}

/** Records by the hundred thousand: only rows near the window are rendered. */
export function RecordTable<Of extends Row>(props: RecordTableProps<Of>) {
  const { label, rows, total, columns, selection, hrefOf, onOpen, more } = props;
  const t = useTranslations();
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useMedia("(min-width: 60rem)") ? 40 : 60;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 10,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are fixed, so only a change of the height itself is news to the virtualizer
  useEffect(() => virtualizer.measure(), [rowHeight]);
  const list = useRowKeys(rows.length, selection, (index) => rows[index]?.id);
  const items = virtualizer.getVirtualItems();
  useMore(more, (items.at(-1)?.index ?? 0) >= rows.length - ROWS_BEFORE_END);
  // What a row shows is chosen by its columns, which are of the same kind of record.
  const shown = columns as readonly RecordColumn<Row>[];
  return (
    <div ref={scroller} className="scroll-pane min-h-0 flex-1">
      <table
        aria-label={label}
        aria-rowcount={total + 1}
        className="w-full table-fixed border-separate border-spacing-0 text-13"
      >
        <colgroup>
          {selection ? <col style={{ width: BOX_WIDTH }} className={BOX} /> : null}
          {columns.map(({ id, width, from }) => (
            <col key={id} style={{ width }} className={FROM[from]} />
          ))}
        </colgroup>
        <thead className="sticky top-0 z-20 bg-surface max-md:sr-only">
          <HeadRow {...props} />
        </thead>
        <tbody ref={list}>
          <Spacer height={items[0]?.start ?? 0} />
          {items.map(({ key, index }) => {
            const row = rows[index];
            return row ? (
              <TableRow
                key={key}
                row={row}
                index={index}
                height={rowHeight}
                columns={shown}
                isChosen={selection?.ids.has(row.id) ?? false}
                onToggle={selection?.toggle ?? null}
                href={hrefOf(row)}
                onOpen={onOpen as (row: Row) => void}
              />
            ) : null;
          })}
          <Spacer height={virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
      {more.hasFailed ? (
        <p role="alert" className="flex items-center justify-center gap-2 p-3 text-12 text-muted">
          {t("contacts.table.moreFailed")}
          <Button size="sm" onClick={more.load}>
            {t("common.tryAgain")}
          </Button>
        </p>
      ) : null}
    </div>
  );
}
