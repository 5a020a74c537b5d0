import type { Chat } from "@pult/api/chats/schema.ts";
import type { Entity } from "@pult/api/crm/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { UserCheck, UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { useAgent } from "../../auth/agent-context.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { CRM_KEY } from "../data/keys.ts";
import { RecordPicker } from "../sheet/record-picker.tsx";

const KINDS = ["contact", "company", "deal"] as const satisfies readonly Entity[];

type RecordLinkerProps = {
  accountId: string;
  chat: Chat;
  /** Whether a contact is tied to the chat already. */
  hasContact: boolean;
};

/** The contact that the other side of a private chat is, tied to it or not. */
function useContactOf({ id, type }: Chat) {
  const client = useTRPCClient();
  const { data } = useQuery({
    queryKey: [...CRM_KEY, "ofUser", id],
    enabled: type === "private",
    queryFn: ({ signal }) =>
      client.chats.contacts.list.query(
        { filters: [{ field: "telegramUserId", operator: "is", value: id }], limit: 1 },
        { signal },
      ),
  });
  return data?.items[0] ?? null;
}

/** Ties a chat to a record of the CRM: to one that is found by its name, or to a new contact made of the chat. */
export function RecordLinker({ accountId, chat, hasContact }: RecordLinkerProps) {
  const t = useTranslations("contacts");
  const client = useTRPCClient();
  const errorText = useErrorText();
  const { id: agentId } = useAgent();
  const known = useContactOf(chat);
  const [entity, setEntity] = useState<Entity>("contact");
  /** Counts ties, so that the field is a new one after each. */
  const [tied, setTied] = useState(0);
  // The account's log tells of it, with the whole chat.
  const add = useMutation({
    mutationFn: (record: { entity: Entity; id: string }) =>
      client.chats.associations.add.mutate({
        accountId,
        chatId: chat.id,
        crmEntityType: record.entity,
        crmEntityId: record.id,
      }),
    onSuccess: () => setTied((before) => before + 1),
  });
  const create = useMutation({
    mutationFn: async () => {
      const isPrivate = chat.type === "private";
      const { id } = await client.chats.contacts.create.mutate({
        name: chat.title.trim().slice(0, 200) || chat.id,
        ownerId: agentId,
        source: "Telegram",
        ...(chat.username ? { username: chat.username } : {}),
        ...(isPrivate ? { telegramUserId: chat.id } : {}),
      });
      await add.mutateAsync({ entity: "contact", id });
    },
  });
  const problem = errorText(add.error ?? create.error);
  return (
    <div className="mt-3 flex flex-col gap-2">
      <Segmented
        label={t("link.kind")}
        value={entity}
        options={KINDS.map((value) => ({ value, label: t(`one.${value}`) }))}
        onChange={setEntity}
        className="w-full *:flex-1"
      />
      <RecordPicker
        key={`${entity} ${tied}`}
        entity={entity}
        label={t(`link.find.${entity}`)}
        placeholder={t(`link.find.${entity}`)}
        value={null}
        onChange={(picked) => picked && !add.isPending && add.mutate({ entity, id: picked.id })}
      />
      {known && !hasContact ? (
        <Button
          aria-disabled={add.isPending}
          onClick={() => !add.isPending && add.mutate({ entity: "contact", id: known.id })}
          className="min-w-0 max-md:h-11"
        >
          <Icon of={UserCheck} />
          <span dir="auto" className="truncate">
            {t("link.known", { name: known.name })}
          </span>
        </Button>
      ) : null}
      {chat.type === "private" && !hasContact && !known ? (
        <Button
          aria-disabled={create.isPending}
          onClick={() => !create.isPending && create.mutate()}
          className="max-md:h-11"
        >
          <Icon of={UserPlus} />
          {t("link.create")}
        </Button>
      ) : null}
      <p role="alert" className="text-12 text-danger empty:hidden">
        {problem}
      </p>
    </div>
  );
}
