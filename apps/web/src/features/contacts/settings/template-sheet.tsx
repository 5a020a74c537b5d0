import { useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Field, inputClass } from "../../../ui/field.tsx";
import { SETUP_KEY } from "../data/keys.ts";
import { useTemplatesQuery } from "../data/use-setup.ts";
import { NameField, PlainForm, useSave } from "./plain-form.tsx";

const VARIABLES = ["first_name", "last_name", "company", "agent_name"] as const;

/** A text to begin a message with; variables are replaced by what the contact has. */
export function TemplateSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const t = useTranslations("contacts.setup");
  const client = useTRPCClient();
  const template = useTemplatesQuery().data?.find((one) => one.id === id);
  const [name, setName] = useState(template?.name ?? "");
  const [text, setText] = useState(template?.text ?? "");
  const [isTried, setTried] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const save = useSave(
    () => {
      // Formatting belongs to places of the text: of a changed text it is not kept.
      const entities = template && template.text === text ? template.entities : [];
      return client.chats.templates.save.mutate({
        ...(template ? { id: template.id } : {}),
        name: name.trim(),
        text,
        entities,
      });
    },
    { reads: SETUP_KEY, onClose },
  );
  const insert = (variable: string) => {
    const at = area.current?.selectionStart ?? text.length;
    const end = area.current?.selectionEnd ?? at;
    setText(`${text.slice(0, at)}{${variable}}${text.slice(end)}`);
    area.current?.focus();
  };
  const submit = () => {
    setTried(true);
    if (name.trim() !== "" && text.trim() !== "") save.mutate();
  };
  return (
    <PlainForm title={t(template ? "editTemplate" : "new.templates")} call={save} onSubmit={submit} onClose={onClose}>
      <NameField value={name} isTried={isTried} onChange={setName} />
      <Field
        label={t("text")}
        hint={t("textHint", { example: '{first_name or "there"}' })}
        {...(isTried && text.trim() === "" ? { error: t("textMissing") } : {})}
      >
        {(control) => (
          <textarea
            {...control}
            ref={area}
            rows={8}
            maxLength={4_096}
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            className={cx(inputClass(), "h-auto py-1.5")}
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-1.5">
        {VARIABLES.map((variable) => (
          <Button key={variable} size="sm" onClick={() => insert(variable)}>
            {t(`variable.${variable}`)}
          </Button>
        ))}
      </div>
    </PlainForm>
  );
}
