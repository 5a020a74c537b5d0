import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, FileUp } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Sheet, SheetBody, SheetFoot } from "../../../ui/modal.tsx";
import { Select } from "../../../ui/select.tsx";
import { Checkbox } from "../../../ui/switch.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { readCrmAgain } from "../data/records-cache.ts";
import { useFields } from "../data/use-setup.ts";

const MAX_BYTES = 5_000_000;
const COLUMNS = [
  "name",
  "username",
  "phone",
  "email",
  "telegram_user_id",
  "company",
  "owner",
  "source",
  "consent",
  "tags",
] as const;
const SKIP = "";

type Targets = Readonly<Record<string, string | null>>;

function useImport() {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: {
      text: string;
      dryRun: boolean;
      skipInvalid: boolean;
      columns: Record<string, string | null>;
    }) => client.chats.contacts.importCsv.mutate(input),
    onSuccess: ({ isApplied }) => isApplied && readCrmAgain(queryClient),
  });
}
type Outcome = NonNullable<ReturnType<typeof useImport>["data"]>;

function FilePicker({ onText }: { onText: (name: string, text: string) => void }) {
  const t = useTranslations("contacts.import");
  const input = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState("");
  const read = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > MAX_BYTES) return setProblem(t("tooLarge"));
    setProblem("");
    onText(file.name, await file.text());
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is a shortcut for the button in it
    <div
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void read(event.dataTransfer.files[0]);
      }}
      className="grid place-items-center gap-2 rounded-3 border border-control border-dashed px-4 py-8 text-center"
    >
      <Icon of={FileUp} size={24} className="text-muted" />
      <p className="text-muted">{t("drop")}</p>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        aria-label={t("file")}
        className="sr-only"
        onChange={({ currentTarget }) => void read(currentTarget.files?.[0])}
      />
      <Button data-first-focus onClick={() => input.current?.click()}>
        {t("choose")}
      </Button>
      <p role="alert" className="text-12 text-danger empty:hidden">
        {problem}
      </p>
    </div>
  );
}

/** What each column of the file is taken for, with what its first line has. */
function Mapping({ result, onChange }: { result: Outcome; onChange: (header: string, target: string | null) => void }) {
  const t = useTranslations("contacts");
  const fields = useFields("contact");
  const options = [
    { value: SKIP, label: t("import.leaveOut") },
    ...COLUMNS.map((value) => ({ value: value as string, label: t(`import.column.${value}`) })),
    ...fields.map(({ id, name }) => ({ value: id, label: name })),
  ];
  return (
    <ul aria-label={t("import.columns")}>
      {result.columns.map(({ header, target }, index) => (
        <li key={header} className="flex min-h-11 items-center gap-3 border-line border-b py-1">
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium">{header}</span>
            <span className="block truncate text-12 text-muted">{result.sample[0]?.[index]}</span>
          </span>
          <Select
            label={t("import.targetOf", { header })}
            value={target ?? SKIP}
            options={target === "id" ? [{ value: "id", label: "id" }, ...options] : options}
            onChange={(next) => onChange(header, next === SKIP ? null : next)}
            className="w-44"
          />
        </li>
      ))}
    </ul>
  );
}

function Errors({ result }: { result: Outcome }) {
  const t = useTranslations("contacts.import");
  if (result.errorCount === 0) return null;
  return (
    <div>
      <p className="mb-1 font-semibold text-danger">{t("errors", { count: result.errorCount })}</p>
      <ul className="scroll-pane max-h-56 rounded-2 border border-line text-12">
        {result.errors.map(({ line, column, problemKey, params }) => (
          <li
            key={`${line} ${column} ${problemKey}`}
            className="flex gap-3 border-line border-b px-3 py-1.5 last:border-b-0"
          >
            <span className="num w-16 shrink-0 text-muted">{t("line", { line })}</span>
            <span className="min-w-0 flex-1">
              {[column, t(`problem.${problemKey}`, { line: params.line ?? 0 })].filter(Boolean).join(": ")}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Contacts from a CSV file: first what it would do, with what is wrong line by line, then doing it. */
export function ImportSheet({ onClose }: { onClose: () => void }) {
  const t = useTranslations("contacts.import");
  const tCommon = useTranslations("common");
  const format = useFormatter();
  const errorText = useErrorText();
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [targets, setTargets] = useState<Targets>({});
  const [skipInvalid, setSkip] = useState(false);
  const call = useImport();
  const result = call.data ?? null;
  const ask = (text: string, columns: Targets, dryRun: boolean) =>
    call.mutate({ text, dryRun, skipInvalid: dryRun || skipInvalid, columns });
  const choose = (name: string, text: string) => {
    setFile({ name, text });
    setTargets({});
    ask(text, {}, true);
  };
  const change = (header: string, target: string | null) => {
    const next = { ...targets, [header]: target };
    setTargets(next);
    if (file) ask(file.text, next, true);
  };
  const refusal = errorText(call.error);
  const isDone = result?.isApplied ?? false;
  const changes = result ? result.created + result.updated : 0;
  const isBlocked = !result || changes === 0 || (result.errorCount > 0 && !skipInvalid) || call.isPending;
  const counts = result && (
    <p role="status" className="num flex items-center gap-2">
      {isDone ? <Icon of={CircleCheck} className="text-success" /> : null}
      {t(isDone ? "did" : "would", {
        created: format.number(result.created),
        updated: format.number(result.updated),
        unchanged: format.number(result.unchanged),
      })}
    </p>
  );
  return (
    <Sheet onClose={onClose} title={t("title")}>
      {refusal ? (
        <Banner tone="danger" icon={CircleAlert}>
          {refusal}
        </Banner>
      ) : null}
      <SheetBody>
        {isDone ? null : <FilePicker onText={choose} />}
        {file ? <p className="truncate font-semibold">{file.name}</p> : <p className="text-muted">{t("about")}</p>}
        {counts}
        {result ? <Errors result={result} /> : null}
        {result && !isDone && result.errorCount > 0 ? (
          // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox is in it
          <label className="-ml-2 flex items-center">
            <Checkbox checked={skipInvalid} onChange={setSkip} />
            {t("skip")}
          </label>
        ) : null}
        {result && !isDone ? <Mapping result={result} onChange={change} /> : null}
      </SheetBody>
      <SheetFoot>
        {isDone ? (
          <Button variant="primary" onClick={onClose}>
            {tCommon("done")}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{tCommon("cancel")}</Button>
            <Button
              variant="primary"
              aria-disabled={isBlocked}
              onClick={() => !isBlocked && file && ask(file.text, targets, false)}
              className="aria-disabled:opacity-60"
            >
              {t("do", { count: changes })}
            </Button>
          </>
        )}
      </SheetFoot>
    </Sheet>
  );
}
