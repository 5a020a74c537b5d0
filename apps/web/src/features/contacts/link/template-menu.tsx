import type { Chat } from "@pult/api/chats/schema.ts";
import type { Template } from "@pult/api/crm/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { FileText, Settings2, UserRound } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClass } from "../../../ui/icon-button.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";

type TemplateMenuProps = { chat: Chat; onInsert: (text: string) => void };

/** Texts to begin a message with, filled in for the contact that the chat is tied to. */
export function TemplateMenu({ chat, onInsert }: TemplateMenuProps) {
  const t = useTranslations("chats.template");
  const trpc = useTRPC();
  const client = useTRPCClient();
  const router = useRouter();
  const failed = useFailureToast();
  const [isOpen, setOpen] = useState(false);
  const templates = useQuery(trpc.chats.templates.list.queryOptions(undefined, { enabled: isOpen }));
  const contact = chat.associations.find(({ crmEntityType, entity }) => crmEntityType === "contact" && entity !== null);
  const fill = useMutation({
    mutationFn: async ({ id, text }: Template) =>
      contact ? (await client.chats.templates.preview.query({ id, contactId: contact.crmEntityId })).text : text,
    onSuccess: onInsert,
    onError: failed(t("failed")),
  });
  const choose = (template: Template) => {
    if (contact || !template.text.includes("{")) return fill.mutate(template);
    showToast({ icon: UserRound, title: t("needsContact"), description: t("needsContactHint") });
  };
  const items = templates.data?.items ?? [];
  return (
    <Menu
      align="start"
      side="top"
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <button type="button" aria-label={t("open")} title={t("open")} className={iconButtonClass()}>
          <Icon of={FileText} />
        </button>
      }
    >
      {items.map((template) => (
        <MenuItem key={template.id} icon={FileText} onSelect={() => choose(template)}>
          {template.name}
        </MenuItem>
      ))}
      {items.length > 0 ? <MenuSeparator /> : null}
      <MenuItem icon={Settings2} onSelect={() => router.push("/settings/crm?tab=templates")}>
        {t(items.length > 0 ? "manage" : "create")}
      </MenuItem>
    </Menu>
  );
}
