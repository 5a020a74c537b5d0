import { useMutation } from "@tanstack/react-query";
import { Copy, CornerUpLeft, Ellipsis, Forward, Pencil, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton, iconButtonClass } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import type { ShownMessage } from "./chat-items.ts";

const ForwardDialog = lazyModule(() => import("./forward-dialog.tsx")).part((module) => module.ForwardDialog);

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
function useReact({ chatId, id }: ShownMessage) {
  const t = useTranslations("chats.act");
  const trpc = useTRPC();
  const { accountId } = useOpenAccount();
  const failed = useFailureToast();
  const react = useMutation(trpc.chats.react.mutationOptions({ onError: failed(t("reactFailed")) }));
  return (emoji: string | null) => react.mutate({ accountId, chatId, messageId: id, emoji });
}

function useRemove({ chatId, album }: ShownMessage) {
  const t = useTranslations("chats.act");
  const trpc = useTRPC();
  const { accountId } = useOpenAccount();
  const failed = useFailureToast();
  const remove = useMutation(trpc.chats.delete.mutationOptions({ onError: failed(t("deleteFailed")) }));
  return () => remove.mutate({ accountId, chatId, messageIds: album.map(({ id }) => id) });
}

/** What people answered a message with; pressing one gives or takes back one's own. */
export function Reactions({ message, mayReact }: { message: ShownMessage; mayReact: boolean }) {
  const t = useTranslations("chats.act");
  const react = useReact(message);
  return (
    <ul aria-label={t("reactions")} className={cx("flex flex-wrap gap-1", message.isOutgoing && "justify-end")}>
      {message.reactions?.map(({ emoji, count, isMine }) => (
        <li key={emoji}>
          <button
            type="button"
            aria-pressed={isMine}
            aria-label={t("reactionCount", { emoji, count })}
            disabled={!mayReact}
            onClick={() => react(isMine ? null : emoji)}
            className={cx(
              "num inline-flex h-6 items-center gap-1 rounded-full border px-2 text-12",
              isMine ? "border-accent bg-accent-soft text-accent-text" : "border-line-2 bg-surface text-fg-2",
            )}
          >
            <span aria-hidden>{emoji}</span>
            <span aria-hidden>{count}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

type MessageMenuProps = { message: ShownMessage; onReply: () => void; onEdit: () => void };

/** What can be done with a message: reply at hand, the rest behind a menu. */
export function MessageMenu({ message, onReply, onEdit }: MessageMenuProps) {
  const t = useTranslations("chats.act");
  const remove = useRemove(message);
  const react = useReact(message);
  const [isAsking, setAsking] = useState(false);
  const [isForwarding, setForwarding] = useState(false);
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
        <MenuItem icon={Forward} onSelect={() => setForwarding(true)}>
          {t("forward")}
        </MenuItem>
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
      {isForwarding ? <ForwardDialog message={message} onClose={() => setForwarding(false)} /> : null}
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
