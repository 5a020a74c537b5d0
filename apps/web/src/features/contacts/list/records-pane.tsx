import type { CrmRecord, Entity, Filter, RecordQuery } from "@pult/api/crm/schema.ts";
import { Download, MoreHorizontal, Pencil, Trash2 } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { type ReactNode, useMemo, useState } from "react";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { useDebounced } from "../../../ui/search-field.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { SectionState } from "../../settings/section.tsx";
import { type Sort, useContactsAddress } from "../contacts-address.ts";
import { recordHref } from "../contacts-href.ts";
import { recordsOf } from "../data/records-cache.ts";
import { useExport } from "../data/use-export.ts";
import { useRecordList } from "../data/use-records.ts";
import { useRemoveView } from "../data/use-remove-view.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { type RecordColumn, RecordTable } from "./record-table.tsx";
import { SegmentSelect } from "./segment-select.tsx";
import { type Segment, useSegments } from "./use-segments.ts";

const ViewDialog = lazyModule(() => import("./view-dialog.tsx")).part((module) => module.ViewDialog);

const SEARCH_DELAY_MS = 200;
const NO_FILTERS: readonly Filter[] = [];

/** What the address asks for: the segment's own query, and what the reader adds to it. */
export function useShownQuery(entity: Entity) {
  const { segment: id, q, filters, sort } = useContactsAddress();
  const { builtIn, mine, shared } = useSegments(entity);
  const search = useDebounced(q.trim(), SEARCH_DELAY_MS);
  const segment = [...builtIn, ...mine, ...shared].find((one) => one.id === id) ?? builtIn[0];
  // A saved view is changed as a whole; what a list that is always there consists of stays.
  const isView = segment?.view != null;
  const own = segment?.query.filters ?? NO_FILTERS;
  const shown = filters ?? (isView ? own : NO_FILTERS);
  const order = sort ?? segment?.query.sort ?? null;
  const text = search || (segment?.query.query ?? "");
  const all = isView ? shown : [...own, ...shown];
  const key = JSON.stringify([text, all, order]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is all that it is made of
  const query = useMemo<RecordQuery>(
    () => ({ ...(text ? { query: text } : {}), filters: [...all], ...(order ? { sort: order } : {}) }),
    [key],
  );
  return { segment, query, filters: shown, sort: order, isChanged: q !== "" || filters !== null || sort !== null };
}

/** Chosen rows; those that leave the list are let go. */
function useChosen(records: readonly CrmRecord[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const chosen = records.filter(({ id }) => ids.has(id));
  return {
    chosen,
    clear: () => setIds(new Set()),
    selection: useMemo(
      () => ({
        ids,
        toggle: (id: string) =>
          setIds((before) => {
            const next = new Set(before);
            if (!next.delete(id)) next.add(id);
            return next;
          }),
        setAll: (isChosen: boolean) => setIds(new Set(isChosen ? records.map(({ id }) => id) : [])),
      }),
      [ids, records],
    ),
  };
}

type ViewActionsProps = { entity: Entity; segment: Segment | undefined; query: RecordQuery; isChanged: boolean };

/** Saves what is shown under a name, and changes or deletes the saved view that is open. */
function ViewActions({ entity, segment, query, isChanged }: ViewActionsProps) {
  const t = useTranslations("contacts.view");
  const mayWrite = useMay()("chats:write");
  const { setAddress } = useContactsAddress();
  const remove = useRemoveView();
  const [edited, setEdited] = useState<"new" | "open" | null>(null);
  if (!mayWrite) return null;
  const view = segment?.view ?? null;
  return (
    <>
      {isChanged ? (
        <button
          type="button"
          onClick={() => setEdited("new")}
          className="h-8 shrink-0 rounded-1 px-1 font-medium text-12 text-accent-text hover:underline md:h-6"
        >
          {t("saveAs")}
        </button>
      ) : null}
      {view ? (
        <Menu
          align="start"
          trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("menu", { name: view.name })} />}
        >
          <MenuItem icon={Pencil} onSelect={() => setEdited("open")}>
            {t(isChanged ? "update" : "change")}
          </MenuItem>
          <MenuItem
            icon={Trash2}
            danger
            onSelect={async () => {
              if (await remove(view)) void setAddress({ segment: null });
            }}
          >
            {t("delete")}
          </MenuItem>
        </Menu>
      ) : null}
      {edited === null ? null : (
        <ViewDialog
          entity={entity}
          view={edited === "open" ? view : null}
          query={query}
          onClose={() => setEdited(null)}
          onSaved={({ id }) => void setAddress({ segment: id, q: null, filters: null, sort: null })}
        />
      )}
    </>
  );
}

type RecordsPaneProps<Of extends CrmRecord> = {
  entity: Entity;
  columns: readonly RecordColumn<Of>[];
  onOpen: (record: Of) => void;
  /** Where there are none: whether that is because of a search or filters. */
  empty: (isNarrowed: boolean) => ReactNode;
};

/** The list of one kind of record, with what narrows and orders it, and what can be done with many. */
export function RecordsPane<Of extends CrmRecord>({ entity, columns, onOpen, empty }: RecordsPaneProps<Of>) {
  const t = useTranslations("contacts");
  const format = useFormatter();
  const mayWrite = useMay()("chats:write");
  const { setAddress, openSegment } = useContactsAddress();
  const { segment, query, filters, sort, isChanged } = useShownQuery(entity);
  const exportCsv = useExport();
  const list = useRecordList(entity, query);
  const rows = useMemo(() => recordsOf(list.data), [list.data]);
  const { chosen, clear, selection } = useChosen(rows);
  const total = list.data?.pages[0]?.totalCount;
  const isNarrowed = isChanged || query.filters.length > 0;
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <FilterBar
        entity={entity}
        filters={filters}
        onChange={(next) => void setAddress({ filters: next.length > 0 || segment?.view ? next : null })}
        lead={
          <SegmentSelect
            entity={entity}
            current={segment?.id ?? null}
            onOpen={(id) => void openSegment(id)}
            className="shrink-0 md:hidden"
          />
        }
        found={total === undefined ? null : t("found", { count: format.number(total) })}
      >
        <ViewActions entity={entity} segment={segment} query={query} isChanged={isChanged} />
        {entity === "contact" && rows.length > 0 ? (
          <IconButton
            icon={Download}
            size="sm"
            label={t("exportShown")}
            onClick={() => void exportCsv(query)}
            className="max-md:hidden"
          />
        ) : null}
      </FilterBar>
      {chosen.length > 0 ? <BulkBar entity={entity} records={chosen} onClear={clear} /> : null}
      {list.data ? (
        rows.length > 0 ? (
          <RecordTable
            label={t(`tab.${entity}`)}
            rows={rows as unknown as readonly Of[]}
            total={total ?? rows.length}
            columns={columns}
            sort={sort}
            onSort={(next: Sort) => void setAddress({ sort: next })}
            selection={mayWrite ? selection : null}
            hrefOf={({ id }) => recordHref(entity, id)}
            onOpen={onOpen}
            more={{
              has: list.hasNextPage,
              isLoading: list.isFetching,
              hasFailed: list.isFetchNextPageError,
              load: () => void list.fetchNextPage(),
            }}
          />
        ) : (
          empty(isNarrowed)
        )
      ) : (
        <SectionState error={list.error} onRetry={() => list.refetch()} />
      )}
    </div>
  );
}
