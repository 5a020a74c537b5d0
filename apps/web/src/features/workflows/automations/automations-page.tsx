"use client";

import type { Automation } from "@pult/api/workflows/automations/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Ellipsis, ListChecks, Pencil, Plus, Trash2, Workflow } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { Switch } from "../../../ui/switch.tsx";
import { cellClass, Table, WIDE_ONLY } from "../../../ui/table.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { allowed, useMay } from "../../auth/agent-context.tsx";
import { SectionState, SettingsHeader } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";

const AutomationSheet = lazyModule(() => import("./automation-sheet.tsx")).part((module) => module.AutomationSheet);
const RunSheet = lazyModule(() => import("./run-sheet.tsx")).part((module) => module.RunSheet);

type Open = { what: "create" } | { what: "edit" | "runs" | "delete"; automation: Automation };
type RowProps = {
  automation: Automation;
  mayWrite: boolean;
  onOpen: (open: Open) => void;
  onSwitch: (automation: Automation, isActive: boolean) => void;
};

function AutomationRow({ automation, mayWrite, onOpen, onSwitch }: RowProps) {
  const t = useTranslations("automations");
  const { name, isActive, trigger, actions } = automation;
  const steps = actions.map(({ type }) => t(`action.${type}`)).join(", ");
  return (
    <tr className={cx(!isActive && "text-muted [&_td]:text-muted")}>
      <td className={cellClass("max-w-0 max-md:w-full md:w-1/3")}>
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="block truncate text-12 text-muted md:hidden">{t(`trigger.${trigger.type}`)}</span>
      </td>
      <td className={cx(cellClass(), WIDE_ONLY)}>{t(`trigger.${trigger.type}`)}</td>
      <td className={cx(cellClass("max-w-0 truncate md:w-1/3"), WIDE_ONLY)} title={steps}>
        {steps}
      </td>
      <td className={cellClass("w-12")}>
        <Switch
          label={t("switch", { name })}
          checked={isActive}
          disabled={!mayWrite}
          onChange={(next) => onSwitch(automation, next)}
        />
      </td>
      <td className={cellClass("w-12 text-right")}>
        <Menu trigger={<IconButton icon={Ellipsis} label={t("menu", { name })} />}>
          <MenuItem icon={ListChecks} onSelect={() => onOpen({ what: "runs", automation })}>
            {t("runs")}
          </MenuItem>
          {mayWrite ? (
            <>
              <MenuItem icon={Pencil} onSelect={() => onOpen({ what: "edit", automation })}>
                {t("edit")}
              </MenuItem>
              <MenuSeparator />
              <MenuItem icon={Trash2} danger onSelect={() => onOpen({ what: "delete", automation })}>
                {t("delete")}
              </MenuItem>
            </>
          ) : null}
        </Menu>
      </td>
    </tr>
  );
}

function DeleteDialog({
  automation,
  onClose,
  onDone,
}: {
  automation: Automation;
  onClose: () => void;
  onDone: () => void;
}) {
  const t = useTranslations("automations");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const { name, id } = automation;
  const remove = useMutation(
    trpc.chats.automations.delete.mutationOptions({
      onSuccess: () => {
        showToast({ icon: Trash2, title: t("deleted", { name }) });
        onClose();
      },
      onError: failed(t("failed")),
      onSettled: onDone,
    }),
  );
  return (
    <ConfirmDialog
      isDanger
      title={t("deleteTitle", { name })}
      text={<p>{t("deleteText")}</p>}
      action={t("delete")}
      isBusy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ id })}
    />
  );
}

/** Sheets and questions that lie over the list. */
function Overlay({ open, onClose, onDone }: { open: Open; onClose: () => void; onDone: () => void }) {
  switch (open.what) {
    case "create":
      return <AutomationSheet automation={null} onClose={onClose} />;
    case "edit":
      return <AutomationSheet automation={open.automation} onClose={onClose} />;
    case "runs":
      return <RunSheet automation={open.automation} onClose={onClose} />;
    case "delete":
      return <DeleteDialog automation={open.automation} onClose={onClose} onDone={onDone} />;
  }
}

function Automations() {
  const t = useTranslations("automations");
  const trpc = useTRPC();
  const mayWrite = useMay()("chats:write");
  const failed = useFailureToast();
  const list = useQuery(trpc.chats.automations.list.queryOptions(undefined, { staleTime: 0 }));
  const readAgain = () => void list.refetch();
  const update = useMutation(
    trpc.chats.automations.update.mutationOptions({ onError: failed(t("failed")), onSettled: readAgain }),
  );
  const [open, setOpen] = useState<Open | null>(null);
  const automations = list.data?.items;
  const create = (
    <Button variant="primary" onClick={() => setOpen({ what: "create" })}>
      <Icon of={Plus} />
      {t("new")}
    </Button>
  );
  const content = () => {
    if (!automations) return <SectionState error={list.error} onRetry={readAgain} />;
    if (automations.length === 0)
      return (
        <EmptyState icon={Workflow} title={t("empty")} hint={t("emptyHint")}>
          {mayWrite ? create : null}
        </EmptyState>
      );
    return (
      <Table
        columns={[
          { label: t("name") },
          { label: t("triggerLabel"), from: "wide" },
          { label: t("actions"), from: "wide" },
          { label: t("active"), from: "wide" },
        ]}
        last={t("menuHead")}
      >
        {automations.map((automation) => (
          <AutomationRow
            key={automation.id}
            automation={automation}
            mayWrite={mayWrite}
            onOpen={setOpen}
            onSwitch={({ id }, isActive) => update.mutate({ id, isActive })}
          />
        ))}
      </Table>
    );
  };
  return (
    <>
      <SettingsHeader title={t("title")} {...(automations ? { count: automations.length } : {})}>
        {mayWrite ? create : null}
      </SettingsHeader>
      <p className="border-line border-b px-4 py-3 text-muted">{t("about")}</p>
      <div className="scroll-pane flex min-h-0 flex-1 flex-col">{content()}</div>
      {open ? <Overlay open={open} onClose={() => setOpen(null)} onDone={readAgain} /> : null}
    </>
  );
}

export const AutomationsPage = allowed("chats:read", Automations);
