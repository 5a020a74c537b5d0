import type { CrmRecord } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Input } from "../../../ui/field.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { useCommands } from "../../shell/commands.tsx";
import { newId } from "../../thread/send-queue.ts";
import { useTimelineCall } from "../data/use-timeline.ts";

type Kind = "note" | "task";

/** A new id in the form that the API asks for. */
const newNoteId = (): string => newId().replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");

/** Writes a note, or what is to be done by when, under a record's timeline. */
export function NoteComposer({ record }: { record: Pick<CrmRecord, "entity" | "id"> }) {
  const t = useTranslations("contacts.card");
  const call = useTimelineCall();
  const [kind, setKind] = useState<Kind>("note");
  const [text, setText] = useState("");
  const [due, setDue] = useState("");
  const [isSending, setSending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  /** A repeat after a lost answer makes no second note. */
  const clientId = useRef(newNoteId());
  const open = (next: Kind) => {
    setKind(next);
    field.current?.focus();
  };
  useCommands([
    { id: "write-note", group: "contacts", label: t("writeNote"), keys: "n", run: () => open("note") },
    { id: "write-task", group: "contacts", label: t("writeTask"), keys: "t", run: () => open("task") },
  ]);
  const about = { entity: record.entity, entityId: record.id };
  const send = async () => {
    const written = text.trim();
    if (written === "" || isSending) return;
    setSending(true);
    const isDone = await call((chats) =>
      kind === "note"
        ? chats.notes.create.mutate({ ...about, text: written, clientId: clientId.current })
        : chats.tasks.create.mutate({ ...about, title: written, dueAt: due ? new Date(due).toISOString() : null }),
    );
    setSending(false);
    if (!isDone) return;
    clientId.current = newNoteId();
    setText("");
    setDue("");
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send();
  };
  const isNote = kind === "note";
  return (
    <form onSubmit={submit} className="shrink-0 border-line border-t bg-surface px-4 py-2 max-md:px-2">
      <div className={`rounded-3 border border-control ${isNote ? "bg-note" : "bg-surface"}`}>
        <div className="flex flex-wrap items-center gap-2 p-1.5">
          <Segmented
            label={t("what")}
            value={kind}
            options={[
              { value: "note", label: t("noteTab"), tone: "note" },
              { value: "task", label: t("taskTab") },
            ]}
            onChange={setKind}
          />
          {isNote ? null : (
            <span className="ml-auto">
              <Input
                type="datetime-local"
                aria-label={t("dueLabel")}
                value={due}
                onChange={({ currentTarget }) => setDue(currentTarget.value)}
              />
            </span>
          )}
        </div>
        <div className="flex items-end gap-2 pr-1.5 pb-1.5 pl-3">
          <textarea
            ref={field}
            aria-label={t(isNote ? "noteField" : "taskField")}
            placeholder={t(isNote ? "noteField" : "taskField")}
            rows={Math.min(6, text.split("\n").length)}
            value={text}
            maxLength={isNote ? 10_000 : 500}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") event.currentTarget.blur();
              if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              void send();
            }}
            className="min-h-8 min-w-0 flex-1 resize-none bg-transparent py-1.5 text-14 outline-none max-md:text-16"
          />
          <Button
            type="submit"
            variant="primary"
            aria-disabled={isSending || text.trim() === ""}
            className="max-md:h-10"
          >
            {t("save")}
          </Button>
        </div>
      </div>
    </form>
  );
}
