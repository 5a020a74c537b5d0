import { useMutation } from "@tanstack/react-query";
import { Copy, CornerUpLeft, Ellipsis, Pencil, SmilePlus, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton, iconButtonClass } from "../../../ui/icon-button.tsx";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import type { ChatMessage } from "./chat-thread.ts";

/** What Telegram lets everyone react with. */
const REACTIONS = [
  ["👍", "like"],
  ["❤", "love"],
  ["🔥", "fire"],
  ["🎉", "party"],
  ["😁", "laugh"],
  ["👎", "dislike"],
] as const;
/** Telegram lets messages be edited for so long. */
const EDITABLE_MS = 48 * 3_600_000;

const shownOnHover =
  "text-muted opacity-0 focus-visible:opacity-100 group-hover/message:opacity-100 pointer-coarse:opacity-100";

/** The answer is not put into the thread: the account's log tells of it, in its order. */
function useMessageActs({ chatId, id }: ChatMessage) {
  const t = useTranslations("chats.act");
  const trpc = useTRPC();
  const { accountId } = useOpenAccount();
  const failed = useFailureToast();
  const remove = useMutation(trpc.chats.delete.mutationOptions({ onError: failed(t("deleteFailed")) }));
  const react = useMutation(
    trpc.chats.react.mutationOptions({
      onSuccess: (_, { emoji }) => showToast({ icon: SmilePlus, title: t("reacted", { emoji: emoji ?? "" }) }),
      onError: failed(t("reactFailed")),
    }),
  );
  return {
    remove: () => remove.mutate({ accountId, chatId, messageIds: [id] }),
    react: (emoji: string) => react.mutate({ accountId, chatId, messageId: id, emoji }),
  };
}

type MessageMenuProps = { message: ChatMessage; onReply: () => void; onEdit: () => void };

/** What can be done with a message: reply at hand, the rest behind a menu. */
export function MessageMenu({ message, onReply, onEdit }: MessageMenuProps) {
  const t = useTranslations("chats.act");
  const { remove, react } = useMessageActs(message);
  const [isAsking, setAsking] = useState(false);
  const { isOutgoing, text, media, date } = message;
  const isEditable = isOutgoing && (text !== "" || media === null) && Date.now() - Date.parse(date) < EDITABLE_MS;
  return (
    <span className={cx("-my-1.5 flex shrink-0 self-center", isOutgoing && "flex-row-reverse")}>
      <IconButton
        icon={CornerUpLeft}
        label={t("reply")}
        onClick={onReply}
        className={`${shownOnHover} max-md:hidden`}
      />
      <Menu
        align={isOutgoing ? "end" : "start"}
        trigger={
          <button
            type="button"
            aria-label={t("more")}
            className={cx(iconButtonClass(), shownOnHover, "data-popup-open:opacity-100")}
          >
            <Icon of={Ellipsis} />
          </button>
        }
      >
        <MenuItem icon={CornerUpLeft} onSelect={onReply}>
          {t("reply")}
        </MenuItem>
        {isEditable ? (
          <MenuItem icon={Pencil} onSelect={onEdit}>
            {t("edit")}
          </MenuItem>
        ) : null}
        {text ? (
          <MenuItem icon={Copy} onSelect={() => void navigator.clipboard?.writeText(text)}>
            {t("copy")}
          </MenuItem>
        ) : null}
        <MenuItem icon={Trash2} danger onSelect={() => setAsking(true)}>
          {t("delete")}
        </MenuItem>
        <MenuSeparator />
        <MenuGroup label={t("react")}>
          {REACTIONS.map(([emoji, name]) => (
            <MenuItem
              key={emoji}
              leading={
                <span aria-hidden className="w-4 text-center">
                  {emoji}
                </span>
              }
              onSelect={() => react(emoji)}
            >
              {t(`reaction.${name}`)}
            </MenuItem>
          ))}
        </MenuGroup>
      </Menu>
      {isAsking ? (
        <ConfirmDialog
          title={t("deleteTitle")}
          text={t("deleteText")}
          action={t("delete")}
          isDanger
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            remove();
          }}
        />
      ) : null}
    </span>
  );
}
