import type { SandboxMessage } from "@pult/sandbox/control.ts";
import { FolderOpen, Image as ImageIcon, Images, Mic, Paperclip } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { ComposerBar } from "../thread/composer-bar.tsx";
import { ANY_FILES, PHOTOS } from "../thread/limits.ts";
import { FileInput, PhotoInput } from "../thread/message-field.tsx";
import { PhoneComposer, toolClass, toolIconClass } from "../thread/phone-composer.tsx";
import { useChosenPhotos } from "../thread/use-chosen-photos.tsx";
import { control } from "./control-client.ts";
import { type DemoPhoto, demoPhoto } from "./demo-photos.ts";
import { demoVoice } from "./demo-voice.ts";
import { useAttempt } from "./sandbox-context.tsx";

type Task = ComposerTask & { messageId: number };
/** Where a user of the simulated Telegram writes; in the group with the topic. */
type Chat = { userId: number; chatId: number; threadId?: number };

/** Writing in a chat of the simulated Telegram: something new, an answer to one message, or another wording of one's own. */
export function useChatTask(chat: Chat) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const [task, setTask] = useState<Task | null>(null);
  const begin = (kind: Task["kind"], message: SandboxMessage, author: string) => {
    const title = kind === "edit" ? t("editing") : t("replyTo", { name: author });
    const { messageId, text } = message;
    setTask({ kind, messageId, title, text, key: `${kind} ${messageId} ${Date.now()}` });
  };
  const send = async (text: string, photos: readonly File[]): Promise<boolean> => {
    const { userId, chatId } = chat;
    const replyToMessageId = task?.kind === "reply" ? task.messageId : undefined;
    const isTaken = await attempt(() =>
      task?.kind === "edit"
        ? control.edit({ userId, chatId, messageId: task.messageId, text })
        : control.send({ ...chat, text, replyToMessageId }, photos),
    );
    if (isTaken) setTask(null);
    return isTaken;
  };
  return { task, begin, cancel: () => setTask(null), send };
}

const DEMO_CHOICES = [
  { icon: ImageIcon, label: "demoBox", photos: ["box"] },
  { icon: ImageIcon, label: "demoLabel", photos: ["label"] },
  { icon: Images, label: "demoBoth", photos: ["box", "label"] },
] as const;

type AttachMenuProps = { takesAny: boolean; onAdd: (files: readonly File[]) => void };

/** Files to send: made for the occasion, or from this computer. */
function AttachMenu({ takesAny, onAdd }: AttachMenuProps) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const input = useRef<HTMLInputElement>(null);
  const Input = takesAny ? FileInput : PhotoInput;
  const attach = (names: readonly DemoPhoto[]) => attempt(async () => onAdd(await Promise.all(names.map(demoPhoto))));
  return (
    <>
      <Menu
        align="start"
        side="top"
        trigger={
          <button type="button" aria-label={t("attach")} className={cx(toolClass, "text-fg-2 hover:bg-surface-3")}>
            <Icon of={Paperclip} className={toolIconClass} />
          </button>
        }
      >
        {DEMO_CHOICES.map(({ icon, label, photos }) => (
          <MenuItem key={label} icon={icon} onSelect={() => attach(photos)}>
            {t(label)}
          </MenuItem>
        ))}
        {takesAny ? (
          <MenuItem icon={Mic} onSelect={() => onAdd([demoVoice()])}>
            {t("demoVoice")}
          </MenuItem>
        ) : null}
        <MenuItem icon={FolderOpen} onSelect={() => input.current?.click()}>
          {t("fromComputer")}
        </MenuItem>
      </Menu>
      <Input ref={input} hidden aria-label={t("fromComputer")} onChoose={onAdd} />
    </>
  );
}

/** What a composer does besides writing something new. */
type ComposerTask = { kind: "reply" | "edit"; title: string; text: string; key: string };

type MessageComposerProps = {
  label: string;
  placeholder: string;
  task?: ComposerTask | null;
  onCancelTask?: () => void;
  onType?: () => void;
  /** Whether it sends any files, or photos only. */
  takesAny?: boolean;
  /** Answers whether it was taken; what was not stays in the field. */
  onSend: (text: string, photos: readonly File[]) => Promise<boolean>;
};

export function MessageComposer({
  label,
  placeholder,
  task,
  takesAny = false,
  onSend,
  ...props
}: MessageComposerProps) {
  const t = useTranslations("sandbox");
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const chosen = useChosenPhotos(takesAny ? ANY_FILES : PHOTOS);
  const isEditing = task?.kind === "edit";
  const photos = isEditing ? [] : chosen.photos;
  const canSend = !isBusy && !chosen.isReading && (text.trim() !== "" || photos.length > 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another task begins with its own words, and is what it is by its key
  useEffect(() => {
    if (!task) return;
    if (isEditing) setText(task.text);
    field.current?.focus();
  }, [task?.key]);

  const send = async () => {
    setBusy(true);
    // What is written meanwhile is the next message.
    setText("");
    const isTaken = await onSend(
      text.trim(),
      photos.map(({ file }) => file),
    );
    setBusy(false);
    if (isTaken) chosen.clear();
    else setText((next) => next || text);
  };
  const cancel = () => {
    if (isEditing) setText("");
    props.onCancelTask?.();
  };
  return (
    <PhoneComposer
      field={field}
      label={label}
      placeholder={placeholder}
      text={text}
      sendLabel={isEditing ? t("save") : undefined}
      canSend={canSend}
      onWrite={(value) => {
        setText(value);
        if (value.trim() !== "") props.onType?.();
      }}
      onSend={send}
      onFiles={chosen.add}
      onEscape={task ? cancel : undefined}
      attach={isEditing ? null : <AttachMenu takesAny={takesAny} onAdd={chosen.add} />}
      className="text-14/5 [--tool:36px] max-md:text-16 max-md:[--tool:44px]"
    >
      {task ? <ComposerBar title={task.title} text={task.text} onCancel={cancel} /> : null}
      {isEditing ? null : chosen.list()}
    </PhoneComposer>
  );
}
