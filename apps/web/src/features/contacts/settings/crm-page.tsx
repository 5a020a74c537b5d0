"use client";

import type { Entity } from "@pult/api/crm/schema.ts";
import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryStates } from "nuqs";
import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { allowed, useMay } from "../../auth/agent-context.tsx";
import { SettingsHeader } from "../../settings/section.tsx";
import { useCrmLog } from "../data/use-crm-log.ts";
import { FieldList, PipelineList, TagList, TemplateList } from "./lists.tsx";

const FieldSheet = lazyModule(() => import("./field-sheet.tsx")).part((module) => module.FieldSheet);
const PipelineSheet = lazyModule(() => import("./pipeline-sheet.tsx")).part((module) => module.PipelineSheet);
const TagSheet = lazyModule(() => import("./tag-sheet.tsx")).part((module) => module.TagSheet);

const TemplateSheet = lazyModule(() => import("./template-sheet.tsx")).part((module) => module.TemplateSheet);

const TABS = ["fields", "pipelines", "tags", "templates"] as const;
const KINDS = ["contact", "company", "deal"] as const satisfies readonly Entity[];
const PANEL = "crm-panel";
const parsers = {
  tab: parseAsStringLiteral(TABS).withDefault("fields"),
  of: parseAsStringLiteral(KINDS).withDefault("contact"),
};

function Crm() {
  const t = useTranslations("contacts");
  const mayWrite = useMay()("chats:write");
  const [{ tab, of }, setAddress] = useQueryStates(parsers, { history: "replace", shallow: true });
  /** What is edited: by id, or a new one. */
  const [edited, setEdited] = useState<string | "new" | null>(null);
  useCrmLog();
  const id = edited === "new" ? null : edited;
  const close = () => setEdited(null);
  const edit = mayWrite ? setEdited : null;
  return (
    <>
      <SettingsHeader title={t("setup.title")}>
        {mayWrite ? (
          <Button variant="primary" onClick={() => setEdited("new")}>
            <Icon of={Plus} />
            {t(`setup.new.${tab}`)}
          </Button>
        ) : null}
      </SettingsHeader>
      <Tabs
        label={t("setup.title")}
        panelId={PANEL}
        value={tab}
        tabs={TABS.map((value) => ({ value, label: t(`setup.tab.${value}`) }))}
        onChange={(next) => void setAddress({ tab: next })}
      />
      <div id={PANEL} role="tabpanel" aria-label={t(`setup.tab.${tab}`)} className="scroll-pane min-h-0 flex-1">
        {tab === "fields" ? (
          <>
            <div className="border-line border-b px-4 py-2">
              <Segmented
                label={t("setup.of")}
                value={of}
                options={KINDS.map((value) => ({ value, label: t(`tab.${value}`) }))}
                onChange={(next) => void setAddress({ of: next })}
              />
            </div>
            <FieldList entity={of} onEdit={edit} />
          </>
        ) : null}
        {tab === "pipelines" ? <PipelineList onEdit={edit} /> : null}
        {tab === "tags" ? <TagList onEdit={edit} /> : null}
        {tab === "templates" ? <TemplateList onEdit={edit} /> : null}
      </div>
      {edited !== null && tab === "fields" ? <FieldSheet entity={of} id={id} onClose={close} /> : null}
      {edited !== null && tab === "pipelines" ? <PipelineSheet id={id} onClose={close} /> : null}
      {edited !== null && tab === "tags" ? <TagSheet id={id} onClose={close} /> : null}
      {edited !== null && tab === "templates" ? <TemplateSheet id={id} onClose={close} /> : null}
    </>
  );
}

/** What the CRM consists of: custom fields, pipelines with their stages, tags, and texts to begin messages with. */
export const CrmPage = allowed("chats:read", Crm);
