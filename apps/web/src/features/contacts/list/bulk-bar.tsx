import type { CrmRecord, Entity } from "@pult/api/crm/schema.ts";
import { Combine, Download, Megaphone, Tag, UserPlus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Kbd } from "../../../ui/kbd.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { useCommands } from "../../shell/commands.tsx";
import { bulkHref } from "../contacts-href.ts";
import { useExport } from "../data/use-export.ts";
import { useSetOwner } from "../data/use-record-actions.ts";
import { useColleagues } from "../data/use-setup.ts";

const BulkSheet = lazyModule(() => import("../bulk/bulk-sheet.tsx")).part((module) => module.BulkSheet);
const MergeDialog = lazyModule(() => import("../card/merge-dialog.tsx")).part((module) => module.MergeDialog);
const TagDialog = lazyModule(() => import("./tag-dialog.tsx")).part((module) => module.TagDialog);

type BulkBarProps = {
  entity: Entity;
  records: readonly CrmRecord[];
  onClear: () => void;
};

/** What can be done with the chosen rows. Escape lets go of them. */
export function BulkBar({ entity, records, onClear }: BulkBarProps) {
  const t = useTranslations("contacts.bulk");
  const router = useRouter();
  const colleagues = useColleagues();
  const setOwner = useSetOwner();
  const exportCsv = useExport();
  const [opened, setOpened] = useState<"tags" | "merge" | "message" | null>(null);
  useCommands([
    { id: "clear-chosen", group: "contacts", label: t("clear"), keys: "escape", run: onClear, isKeyOnly: true },
  ]);
  const [first, second] = records;
  const give = (ownerId: string | null, name: string | null) => void setOwner(records, { ownerId, name });
  return (
    <div
      role="toolbar"
      aria-label={t("label")}
      className="flex min-h-11 shrink-0 items-center gap-1.5 border-line border-b bg-accent-soft px-4 py-1.5 max-md:hidden"
    >
      <b role="status" className="num mr-1 font-semibold">
        {t("chosen", { count: records.length })}
      </b>
      <Menu
        align="start"
        trigger={
          <Button size="sm">
            <Icon of={UserPlus} size={14} />
            {t("owner")}
          </Button>
        }
      >
        {colleagues.map(({ id, name }) => (
          <MenuItem key={id} onSelect={() => give(id, name)}>
            {name}
          </MenuItem>
        ))}
        {colleagues.length > 0 ? <MenuSeparator /> : null}
        <MenuItem onSelect={() => give(null, null)}>{t("noOwner")}</MenuItem>
      </Menu>
      <Button size="sm" onClick={() => setOpened("tags")}>
        <Icon of={Tag} size={14} />
        {t("tag")}
      </Button>
      {entity === "contact" ? (
        <Button size="sm" onClick={() => setOpened("message")}>
          <Icon of={Megaphone} size={14} />
          {t("write")}
        </Button>
      ) : null}
      {entity === "contact" ? (
        <Button
          size="sm"
          aria-disabled={records.length !== 2}
          title={records.length === 2 ? undefined : t("mergeTwo")}
          onClick={() => records.length === 2 && setOpened("merge")}
          className="aria-disabled:text-disabled"
        >
          <Icon of={Combine} size={14} />
          {t("merge")}
        </Button>
      ) : null}
      {entity === "contact" ? (
        <Button size="sm" onClick={() => void exportCsv({ filters: [], ids: records.map(({ id }) => id) })}>
          <Icon of={Download} size={14} />
          {t("export")}
        </Button>
      ) : null}
      <Button size="sm" variant="ghost" onClick={onClear} className="ml-auto">
        {t("clear")}
        <Kbd>esc</Kbd>
      </Button>
      {opened === "tags" ? <TagDialog entity={entity} records={records} onClose={() => setOpened(null)} /> : null}
      {opened === "message" ? (
        <BulkSheet
          bulk={null}
          contactIds={records.map(({ id }) => id)}
          onClose={() => setOpened(null)}
          onSaved={({ id }) => router.push(bulkHref(id))}
        />
      ) : null}
      {opened === "merge" && first && second ? (
        <MergeDialog ids={[first.id, second.id]} onClose={() => setOpened(null)} onMerged={onClear} />
      ) : null}
    </div>
  );
}
