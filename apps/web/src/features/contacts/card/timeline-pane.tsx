import type { Contact, CrmRecord, TimelineEntry, TimelineType } from "@pult/api/crm/schema.ts";
import { History } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import type { ReactNode } from "react";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { SectionState } from "../../settings/section.tsx";
import { Day, dayOf } from "../../thread/lines.tsx";
import { useTimeline } from "../data/use-timeline.ts";
import { NoteComposer } from "./note-composer.tsx";
import { TimelineLine } from "./timeline-line.tsx";

const ALL: readonly TimelineType[] = ["telegram", "desk", "note", "task", "change"];
const TYPES = {
  timeline: ALL,
  messages: ["telegram", "desk"],
  notes: ["note"],
  deals: ALL,
  tasks: ["task"],
} as const satisfies Record<string, readonly TimelineType[]>;
type TimelineTab = keyof typeof TYPES;
const TABS = ["timeline", "messages", "notes", "deals", "tasks"] as const satisfies readonly TimelineTab[];
const PANEL = "timeline-panel";

/** Lines with the day before the first of each day. */
function Days({ entries, record }: { entries: readonly TimelineEntry[]; record: CrmRecord }) {
  const rows: ReactNode[] = [];
  let day = "";
  for (const entry of entries) {
    if (dayOf(entry.at) !== day) {
      day = dayOf(entry.at);
      rows.push(<Day key={day} at={entry.at} />);
    }
    rows.push(<TimelineLine key={`${entry.type} ${entry.id}`} entry={entry} record={record} />);
  }
  return <ol className="px-5 pt-2 pb-4 max-md:px-4">{rows}</ol>;
}

type EntriesProps = { record: CrmRecord; tab: Exclude<TimelineTab, "deals"> };

/** What happened with a record, by day. */
export function TimelineEntries({ record, tab }: EntriesProps) {
  const t = useTranslations("contacts.card");
  const list = useTimeline(record, TYPES[tab]);
  if (!list.data) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
  const entries = list.data.pages.flatMap(({ items }) => items);
  if (entries.length === 0) return <EmptyState icon={History} title={t(`none.${tab}`)} hint={t(`noneHint.${tab}`)} />;
  return (
    <>
      <Days entries={entries} record={record} />
      {list.hasNextPage ? <LoadMore list={list} more={t("more")} end="" /> : null}
    </>
  );
}

type TimelinePaneProps = {
  contact: Contact;
  dealCount: number | undefined;
  /** The contact's deals, for the tab that lists them. */
  deals: ReactNode;
};

/** What happened with a contact, over all channels, and what to do next. */
export function TimelinePane({ contact, dealCount, deals }: TimelinePaneProps) {
  const t = useTranslations("contacts.card");
  const format = useFormatter();
  const mayWrite = useMay()("chats:write");
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(TABS).withDefault("timeline"));
  const counts = useTimeline(contact, ALL).data?.pages[0]?.counts;
  const countOf = (of: TimelineTab): number | undefined => {
    if (of === "deals") return dealCount;
    return counts && TYPES[of].reduce((sum, type) => sum + counts[type], 0);
  };
  return (
    <section aria-label={t("timeline")} className="flex min-h-0 min-w-0 flex-1 flex-col border-line md:border-x">
      <Tabs
        label={t("timeline")}
        panelId={PANEL}
        value={tab}
        tabs={TABS.map((value) => {
          const count = countOf(value);
          const label = t(`tab.${value}`);
          return count === undefined ? { value, label } : { value, label, count: format.number(count) };
        })}
        onChange={(next) => void setTab(next)}
      />
      <div id={PANEL} role="tabpanel" aria-label={t(`tab.${tab}`)} className="scroll-pane flex min-h-0 flex-1 flex-col">
        {tab === "deals" ? deals : <TimelineEntries record={contact} tab={tab} />}
      </div>
      {mayWrite ? <NoteComposer key={contact.id} record={contact} /> : null}
    </section>
  );
}
