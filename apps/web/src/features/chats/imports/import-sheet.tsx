import type { ImportReport, TelegramImport } from "@pult/api/chats/imports/schema.ts";
import { FileJson } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Sheet, SheetBody, SheetFoot } from "../../../ui/modal.tsx";
import { Select } from "../../../ui/select.tsx";
import { useErrorText, useFailureText } from "../../shell/use-failure-text.ts";
import { FileInput } from "../../thread/message-field.tsx";
import { useImport } from "./use-import.ts";

type Importing = ReturnType<typeof useImport>;

/** What is under way, and how far. */
function Working({ label, share, count }: { label: string; share: number | null; count: string | null }) {
  return (
    <div role="status" className="flex flex-col gap-2">
      <p className="text-14">{label}</p>
      <span className="h-1.5 overflow-hidden rounded-full bg-surface-4">
        <span
          className={`block h-full origin-left bg-accent ${share === null ? "w-1/3 motion-safe:animate-pulse" : ""}`}
          style={share === null ? undefined : { transform: `scaleX(${share})` }}
        />
      </span>
      {count ? <p className="num text-12 text-muted">{count}</p> : null}
    </div>
  );
}

function Choose({ importing, onClose }: { importing: Importing; onClose: () => void }) {
  const t = useTranslations("chats.import");
  const common = useTranslations("common");
  const failureText = useFailureText();
  const input = useRef<HTMLInputElement>(null);
  const { upload } = importing;
  const isUploading = upload !== null && upload.failure === null;
  return (
    <>
      <SheetBody>
        <p className="text-14">{t("intro")}</p>
        <ol className="flex list-decimal flex-col gap-1.5 pl-5 text-fg-2">
          <li>{t("how.open")}</li>
          <li>{t("how.format")}</li>
          <li>{t("how.choose")}</li>
        </ol>
        {upload?.failure ? <Banner tone="danger">{failureText(upload.failure)}</Banner> : null}
        {isUploading ? (
          <Working label={t("uploading", { name: upload.name })} share={upload.share} count={null} />
        ) : null}
        <Earlier importing={importing} />
      </SheetBody>
      <SheetFoot>
        <Button onClick={onClose} className="max-md:h-11">
          {common("cancel")}
        </Button>
        <Button
          variant="primary"
          data-first-focus
          aria-disabled={isUploading}
          onClick={() => !isUploading && input.current?.click()}
          className="max-md:h-11"
        >
          <Icon of={FileJson} />
          {t("choose")}
        </Button>
        <FileInput
          ref={input}
          hidden
          multiple={false}
          accept="application/json,.json"
          aria-label={t("file")}
          onChoose={(files) => void importing.choose(files)}
        />
      </SheetFoot>
    </>
  );
}

/** Imports that were made before. */
function Earlier({ importing }: { importing: Importing }) {
  const t = useTranslations("chats.import");
  const time = useTimeText();
  const { earlier, undo, open } = importing;
  if (earlier.length === 0) return null;
  return (
    <section className="mt-2">
      <h3 className="mb-1 font-semibold text-13">{t("earlier")}</h3>
      <ul className="divide-y divide-line border-line border-y">
        {earlier.map((one) => (
          <li key={one.id} className="flex min-h-12 items-center gap-2 py-1.5">
            <span className="min-w-0 flex-1">
              <span dir="auto" className="block truncate">
                {one.fileName ?? t("file")}
              </span>
              <span className="num block truncate text-12 text-muted">
                {t(`status.${one.status}`, { count: one.progress })} · {time.short(one.createdAt)}
              </span>
            </span>
            {one.status === "done" ? (
              <Button size="sm" onClick={() => undo.mutate({ id: one.id })}>
                {t("undo")}
              </Button>
            ) : null}
            {one.status === "checking" || one.status === "checked" || one.status === "importing" ? (
              <Button size="sm" onClick={() => open(one)}>
                {t("goOn")}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Facts({ report }: { report: ImportReport }) {
  const t = useTranslations("chats.import");
  const format = useFormatter();
  const day = (iso: string | null) =>
    iso === null ? "–" : format.dateTime(new Date(iso), { dateStyle: "medium", timeZone: "UTC" });
  const skipped = Object.entries(report.skipped).filter(([, count]) => count > 0) as [
    keyof ImportReport["skipped"],
    number,
  ][];
  const facts = [
    [t("chats"), format.number(report.chatCount)],
    [t("messages"), format.number(report.messages)],
    [t("period"), `${day(report.from)} – ${day(report.to)}`],
    ...(report.self ? [[t("account"), report.self.name || report.self.id]] : []),
  ];
  return (
    <>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="num truncate text-right">{value}</dd>
          </div>
        ))}
      </dl>
      <ul aria-label={t("chats")} className="max-h-52 overflow-y-auto rounded-2 border border-line">
        {report.chats.map(({ name, messages }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: chats of a file may have one name, and never move
          <li key={at} className="flex gap-3 border-line border-b px-3 py-1.5 last:border-b-0">
            <span dir="auto" className="min-w-0 flex-1 truncate">
              {name || t("noName")}
            </span>
            <span className="num text-muted">{format.number(messages)}</span>
          </li>
        ))}
      </ul>
      {skipped.length > 0 || report.withoutZone > 0 ? (
        <Banner tone="warning">
          {skipped.map(([why, count]) => (
            <span key={why} className="block">
              {t(`skipped.${why}`, { count })}
            </span>
          ))}
          {report.withoutZone > 0 ? (
            <span className="block">{t("withoutZone", { count: report.withoutZone })}</span>
          ) : null}
        </Banner>
      ) : null}
    </>
  );
}

type CheckedProps = { importing: Importing; one: TelegramImport; report: ImportReport };

function Checked({ importing, one, report }: CheckedProps) {
  const t = useTranslations("chats.import");
  const common = useTranslations("common");
  const [first] = report.senders;
  const [selfId, setSelfId] = useState(first?.id ?? "");
  const { start, undo } = importing;
  const refusal = useErrorText()(start.error);
  return (
    <>
      <SheetBody>
        {refusal ? <Banner tone="danger">{refusal}</Banner> : null}
        <Facts report={report} />
        {report.self ? null : (
          <Field label={t("self")} hint={t("selfHint")}>
            {(field) => (
              <Select
                {...field}
                label={t("self")}
                value={selfId}
                onChange={setSelfId}
                options={report.senders.map(({ id, name }) => ({ value: id, label: name || id }))}
              />
            )}
          </Field>
        )}
        <p className="text-12 text-muted">{t("marked")}</p>
      </SheetBody>
      <SheetFoot>
        <Button onClick={() => undo.mutate({ id: one.id })} className="max-md:h-11">
          {common("cancel")}
        </Button>
        <Button
          variant="primary"
          data-first-focus
          aria-disabled={start.isPending}
          onClick={() => start.mutate({ id: one.id, ...(report.self ? {} : { selfId }) })}
          className="max-md:h-11"
        >
          {t("start")}
        </Button>
      </SheetFoot>
    </>
  );
}

type ImportSheetProps = { onOpen: (accountId: string) => void; onClose: () => void };

/** Brings the history of Telegram Desktop in, without a sign-in. */
export function ImportSheet({ onOpen, onClose }: ImportSheetProps) {
  const t = useTranslations("chats.import");
  const importing = useImport();
  const { current: one, undo } = importing;
  const content = () => {
    if (!one || one.status === "undone") return <Choose importing={importing} onClose={onClose} />;
    if (one.status === "checked" && one.report) return <Checked importing={importing} one={one} report={one.report} />;
    if (one.status === "failed") {
      return (
        <>
          <SheetBody>
            <Banner tone="danger">{t(`failure.${one.failure ?? "broken"}`)}</Banner>
          </SheetBody>
          <SheetFoot>
            <Button variant="primary" onClick={importing.leave} className="max-md:h-11">
              {t("another")}
            </Button>
          </SheetFoot>
        </>
      );
    }
    if (one.status === "done") {
      return (
        <>
          <SheetBody>
            <p role="status" className="text-14">
              {t("done", { count: one.progress })}
            </p>
            <p className="text-fg-2">{t("doneHint")}</p>
          </SheetBody>
          <SheetFoot>
            <Button onClick={() => undo.mutate({ id: one.id })} aria-disabled={undo.isPending} className="max-md:h-11">
              {t("undo")}
            </Button>
            <Button
              variant="primary"
              data-first-focus
              onClick={() => (one.accountId ? onOpen(one.accountId) : onClose())}
              className="max-md:h-11"
            >
              {t("show")}
            </Button>
          </SheetFoot>
        </>
      );
    }
    const total = one.report?.messages ?? 0;
    return (
      <SheetBody>
        <Working
          label={t(one.status === "checking" ? "checking" : "importing", { name: one.fileName ?? t("file") })}
          share={one.status === "importing" && total > 0 ? Math.min(1, one.progress / total) : null}
          count={t("read", { count: one.progress })}
        />
        <p className="text-12 text-muted">{t("goesOn")}</p>
      </SheetBody>
    );
  };
  return (
    <Sheet title={t("title")} onClose={onClose}>
      {content()}
    </Sheet>
  );
}
