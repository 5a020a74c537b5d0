"use client";

import { BriefcaseBusiness, Building2, Megaphone, Plus, Upload, UsersRound } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { IconButton, iconButtonClass } from "../../ui/icon-button.tsx";
import { lazyModule } from "../../ui/lazy.tsx";
import { PaneHeader } from "../../ui/pane-header.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { allowed, useMay } from "../auth/agent-context.tsx";
import { useCommands } from "../shell/commands.tsx";
import { ENTITY_OF, TABS, useContactsAddress } from "./contacts-address.ts";
import { BULK, recordHref } from "./contacts-href.ts";
import { useCrmLog } from "./data/use-crm-log.ts";
import { useRecordCount } from "./data/use-records.ts";
import { FollowUpList } from "./list/follow-up-list.tsx";
import { RecordsPane } from "./list/records-pane.tsx";
import { SegmentSelect } from "./list/segment-select.tsx";
import { Segments } from "./list/segments.tsx";
import { useCompanyColumns, useContactColumns } from "./list/use-columns.tsx";
import { DUPLICATES, FOLLOW_UPS } from "./list/use-segments.ts";

const RecordSheet = lazyModule(() => import("./sheet/record-sheet.tsx")).part((module) => module.RecordSheet);
const ImportSheet = lazyModule(() => import("./sheet/import-sheet.tsx")).part((module) => module.ImportSheet);
const DuplicateList = lazyModule(() => import("./card/duplicates.tsx")).part((module) => module.DuplicateList);
const deals = lazyModule(() => import("./board/deals-tab.tsx"));
const DealsTab = deals.part((module) => module.DealsTab);
const DealsHead = deals.part((module) => module.DealsHead);

const PANEL = "contacts-panel";
const ALL = { filters: [] };
const ICON_OF = { contact: UsersRound, company: Building2, deal: BriefcaseBusiness } as const;

function useEmpty() {
  const t = useTranslations("contacts");
  const { tab, setAddress, openNew } = useContactsAddress();
  const entity = ENTITY_OF[tab];
  const mayWrite = useMay()("chats:write");
  return (isNarrowed: boolean) =>
    isNarrowed ? (
      <EmptyState icon={ICON_OF[entity]} title={t("noneFound")} hint={t("noneFoundHint")}>
        <Button onClick={() => void setAddress({ q: null, filters: null, segment: null, sort: null })}>
          {t("clearFilters")}
        </Button>
      </EmptyState>
    ) : (
      <EmptyState icon={ICON_OF[entity]} title={t(`none.${entity}`)} hint={t(`noneHint.${entity}`)}>
        {mayWrite ? (
          <>
            <Button variant="primary" onClick={() => void openNew(entity)}>
              {t(`new.${entity}`)}
            </Button>
            {entity === "contact" ? <Button onClick={() => void openNew("import")}>{t("import.short")}</Button> : null}
          </>
        ) : null}
      </EmptyState>
    );
}

/** A segment with a screen of its own; where there are no segments beside it, with the way back to the others. */
function OwnPane({ children }: { children: ReactNode }) {
  const { segment, openSegment } = useContactsAddress();
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="border-line border-b px-4 py-1.5 md:hidden">
        <SegmentSelect entity="contact" current={segment} onOpen={(id) => void openSegment(id)} />
      </div>
      {children}
    </div>
  );
}

function ContactsTab() {
  const router = useRouter();
  const { segment, openSegment } = useContactsAddress();
  const columns = useContactColumns();
  const empty = useEmpty();
  return (
    <div className="flex min-h-0 flex-1">
      <Segments entity="contact" current={segment} onOpen={(id) => void openSegment(id)} />
      {segment === DUPLICATES ? (
        <OwnPane>
          <DuplicateList />
        </OwnPane>
      ) : segment === FOLLOW_UPS ? (
        <OwnPane>
          <FollowUpList />
        </OwnPane>
      ) : (
        <RecordsPane
          key={segment}
          entity="contact"
          columns={columns}
          empty={empty}
          onOpen={({ id }) => router.push(recordHref("contact", id))}
        />
      )}
    </div>
  );
}

function CompaniesTab() {
  const { segment, openSegment, openRecord } = useContactsAddress();
  const columns = useCompanyColumns();
  const empty = useEmpty();
  return (
    <div className="flex min-h-0 flex-1">
      <Segments entity="company" current={segment} onOpen={(id) => void openSegment(id)} />
      <RecordsPane
        key={segment}
        entity="company"
        columns={columns}
        empty={empty}
        onOpen={({ id }) => void openRecord(id)}
      />
    </div>
  );
}

/** What lies over the page: an import, a new record, or the one whose row was opened. */
function Sheets() {
  const router = useRouter();
  const { tab, new: kind, open, openNew, openRecord } = useContactsAddress();
  const mayWrite = useMay()("chats:write");
  if (kind === "import") return mayWrite ? <ImportSheet onClose={() => void openNew(null)} /> : null;
  if (kind !== null && mayWrite) {
    return (
      <RecordSheet
        entity={kind}
        id={null}
        onClose={() => void openNew(null)}
        onSaved={async ({ id }) => {
          // The address is written a little later, and would write over the page that follows.
          await openNew(null);
          if (kind === "contact") router.push(recordHref("contact", id));
        }}
      />
    );
  }
  if (open === null || tab === "contacts") return null;
  return <RecordSheet key={open} entity={ENTITY_OF[tab]} id={open} onClose={() => void openRecord(null)} />;
}

function Contacts() {
  const t = useTranslations("contacts");
  const format = useFormatter();
  const { tab, q, setAddress, openTab, openNew } = useContactsAddress();
  const mayWrite = useMay()("chats:write");
  useCrmLog();
  const empty = useEmpty();
  const counts = {
    contacts: useRecordCount("contact", ALL),
    companies: useRecordCount("company", ALL),
    deals: useRecordCount("deal", ALL),
  };
  const entity = ENTITY_OF[tab];
  const create = { id: "new-record", group: "contacts", label: t(`new.${entity}`), keys: "n", isKeyOnly: true };
  useCommands(mayWrite ? [{ ...create, run: () => void openNew(entity) }] : []);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PaneHeader title={t("title")}>
        <SearchField
          label={t("search")}
          value={q}
          onChange={(text) => void setAddress({ q: text || null })}
          className="w-56 max-md:hidden"
        />
        {tab === "deals" ? <DealsHead /> : null}
        {tab === "contacts" ? (
          <Link
            href={BULK}
            prefetch={false}
            aria-label={t("goToBulk")}
            title={t("goToBulk")}
            className={iconButtonClass()}
          >
            <Icon of={Megaphone} />
          </Link>
        ) : null}
        {mayWrite && tab === "contacts" ? (
          <>
            <Button onClick={() => void openNew("import")} className="max-md:hidden">
              <Icon of={Upload} />
              {t("import.short")}
            </Button>
            <IconButton
              icon={Upload}
              label={t("import.short")}
              onClick={() => void openNew("import")}
              className="md:hidden"
            />
          </>
        ) : null}
        {mayWrite ? (
          <Button variant="primary" onClick={() => void openNew(entity)} className="max-md:h-10">
            <Icon of={Plus} />
            {t(`add.${entity}`)}
          </Button>
        ) : null}
      </PaneHeader>
      <Tabs
        label={t("title")}
        panelId={PANEL}
        value={tab}
        tabs={TABS.map((value) => {
          const count = counts[value];
          const label = t(`tab.${ENTITY_OF[value]}`);
          return count === undefined ? { value, label } : { value, label, count: format.number(count) };
        })}
        onChange={(next) => void openTab(next)}
      />
      <div className="px-4 pt-2 md:hidden">
        <SearchField label={t("search")} value={q} onChange={(text) => void setAddress({ q: text || null })} />
      </div>
      <div id={PANEL} role="tabpanel" aria-label={t(`tab.${entity}`)} className="flex min-h-0 flex-1 flex-col">
        {tab === "contacts" ? <ContactsTab /> : null}
        {tab === "companies" ? <CompaniesTab /> : null}
        {tab === "deals" ? <DealsTab empty={empty} /> : null}
      </div>
      <Sheets />
    </div>
  );
}

/** Contacts, companies and deals. */
export const ContactsPage = allowed("chats:read", Contacts);
