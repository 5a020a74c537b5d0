"use client";

import { FolderOpen, Image as ImageIcon, Images, Paperclip, Send, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { iconButtonClass } from "../../ui/icon-button.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { type DemoPhoto, demoPhoto } from "./demo-photos.ts";
import { useAttempt } from "./sandbox-context.tsx";

/** Photos to send: drawn for the occasion, or from this computer. */
function AttachMenu({ onAdd }: { onAdd: (files: readonly File[]) => void }) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const input = useRef<HTMLInputElement>(null);
  const attach = (...names: DemoPhoto[]) => attempt(async () => onAdd(await Promise.all(names.map(demoPhoto))));
  return (
    <>
      <Menu
        align="start"
        side="top"
        trigger={
          <button
            type="button"
            aria-label={t("attach")}
            className="grid size-9 shrink-0 place-items-center rounded-full text-fg-2 hover:bg-surface-3 max-md:size-11"
          >
            <Icon of={Paperclip} size={20} />
          </button>
        }
      >
        <MenuItem icon={ImageIcon} onSelect={() => attach("box")}>
          {t("demoBox")}
        </MenuItem>
        <MenuItem icon={ImageIcon} onSelect={() => attach("label")}>
          {t("demoLabel")}
        </MenuItem>
        <MenuItem icon={Images} onSelect={() => attach("box", "label")}>
          {t("demoBoth")}
        </MenuItem>
        <MenuItem icon={FolderOpen} onSelect={() => input.current?.click()}>
          {t("fromComputer")}
        </MenuItem>
      </Menu>
      <input
        ref={input}
        type="file"
        accept="image/*"
        multiple
        hidden
        aria-label={t("fromComputer")}
        onChange={({ currentTarget }) => {
          onAdd([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </>
  );
}

const MAX_PHOTOS = 10;

/** What a composer does besides writing something new. */
export type ComposerTask = { kind: "reply" | "edit"; title: string; text: string; key: string };

type MessageComposerProps = {
  label: string;
  placeholder: string;
  task: ComposerTask | null;
  onCancelTask: () => void;
  /** Answers whether it was taken; what was not stays in the field. */
  onSend: (text: string, photos: readonly File[]) => Promise<boolean>;
};

function usePhotos() {
  const [photos, setPhotos] = useState<readonly { file: File; url: string }[]>([]);
  const add = (files: readonly File[]) =>
    setPhotos((current) =>
      [...current, ...files.map((file) => ({ file, url: URL.createObjectURL(file) }))].slice(0, MAX_PHOTOS),
    );
  return {
    photos,
    add,
    remove: (url: string) => setPhotos(photos.filter((one) => one.url !== url)),
    clear: () => setPhotos([]),
  };
}

/** The text of the task that is on; another task begins with its own words. */
function useText(task: ComposerTask | null, field: RefObject<HTMLTextAreaElement | null>) {
  const [text, setText] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: a task is what it is by its key
  useEffect(() => {
    if (!task) return;
    if (task.kind === "edit") setText(task.text);
    field.current?.focus();
  }, [task?.key]);
  return [text, setText] as const;
}

export function MessageComposer({ label, placeholder, task, onCancelTask, onSend }: MessageComposerProps) {
  const t = useTranslations("sandbox");
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useText(task, field);
  const [isBusy, setBusy] = useState(false);
  const { photos, add, remove, clear } = usePhotos();
  const isEditing = task?.kind === "edit";
  const canSend = !isBusy && (text.trim() !== "" || (photos.length > 0 && !isEditing));

  const send = async (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (!canSend) return field.current?.focus();
    setBusy(true);
    const isTaken = await onSend(text.trim(), isEditing ? [] : photos.map((photo) => photo.file));
    setBusy(false);
    if (!isTaken) return;
    setText("");
    clear();
  };
  const cancel = () => {
    if (isEditing) setText("");
    onCancelTask();
  };
  return (
    <form aria-label={label} onSubmit={send} className="shrink-0 border-line border-t">
      {task ? <TaskBar task={task} onCancel={cancel} /> : null}
      {photos.length > 0 && !isEditing ? <ChosenPhotos photos={photos} onRemove={remove} /> : null}
      <div className="flex items-end gap-1 px-1.5 py-2">
        {isEditing ? null : <AttachMenu onAdd={add} />}
        <MessageField
          {...{ field, text, placeholder }}
          onText={setText}
          onPhotos={add}
          onEnter={send}
          onEscape={task ? cancel : null}
        />
        <SendButton label={canSend ? t(isEditing ? "save" : "send") : t("sendNothing")} canSend={canSend} />
      </div>
    </form>
  );
}

function SendButton({ label, canSend }: { label: string; canSend: boolean }) {
  return (
    <button
      type="submit"
      aria-label={label}
      aria-disabled={!canSend}
      className={cx(
        "grid size-9 shrink-0 place-items-center rounded-full max-md:size-11",
        canSend ? "text-accent-text hover:bg-surface-3" : "text-muted",
      )}
    >
      <Icon of={Send} size={20} />
    </button>
  );
}

type MessageFieldProps = {
  field: RefObject<HTMLTextAreaElement | null>;
  text: string;
  placeholder: string;
  onText: (text: string) => void;
  onPhotos: (files: readonly File[]) => void;
  onEnter: (event: KeyboardEvent) => void;
  onEscape: (() => void) | null;
};

function MessageField({ field, text, placeholder, onText, onPhotos, onEnter, onEscape }: MessageFieldProps) {
  return (
    <textarea
      ref={field}
      rows={1}
      value={text}
      aria-label={placeholder}
      placeholder={placeholder}
      onChange={({ currentTarget }) => onText(currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") onEscape?.();
        if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) onEnter(event);
      }}
      onPaste={(event) => {
        const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
        if (files.length > 0) onPhotos(files);
      }}
      className="scroll-pane field-sizing-content max-h-24 min-h-9 min-w-0 flex-1 resize-none rounded-[18px] border border-control bg-surface px-3.5 py-[7px] text-14/5 text-fg placeholder:truncate focus:border-focus focus:outline-2 focus:outline-focus focus:-outline-offset-1 max-md:text-16"
    />
  );
}

type Photos = ReturnType<typeof usePhotos>["photos"];

function ChosenPhotos({ photos, onRemove }: { photos: Photos; onRemove: (url: string) => void }) {
  const t = useTranslations("sandbox");
  return (
    <ul aria-label={t("chosenPhotos")} className="flex gap-2 overflow-x-auto px-3 pt-2 [scrollbar-width:none]">
      {photos.map(({ file, url }) => (
        <li key={url} className="relative shrink-0">
          {/* biome-ignore lint/performance/noImgElement: a file of this browser */}
          <img src={url} alt={file.name} className="h-12 w-16 rounded-2 object-cover" />
          <button
            type="button"
            aria-label={t("removePhoto", { name: file.name })}
            onClick={() => onRemove(url)}
            className="absolute -top-1.5 -right-1.5 grid size-6 place-items-center rounded-full bg-surface text-fg-2 shadow-float"
          >
            <Icon of={X} size={12} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function TaskBar({ task, onCancel }: { task: ComposerTask; onCancel: () => void }) {
  const t = useTranslations("sandbox");
  return (
    <div className="mx-3 mt-2 flex items-center gap-2 border-accent border-l-2 pl-2 text-12/4">
      <span className="min-w-0 flex-1">
        <b className="block truncate font-semibold text-accent-text">{task.title}</b>
        <span className="block truncate text-fg-2">{task.text}</span>
      </span>
      <button type="button" aria-label={t("cancel")} className={iconButtonClass("sm")} onClick={onCancel}>
        <Icon of={X} size={14} />
      </button>
    </div>
  );
}
