"use client";

import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { Icon } from "../../../ui/icon.tsx";

/** Shown this once; whoever closes them has said that he keeps them. */
export function BackupCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const t = useTranslations();
  const text = `${codes.join("\n")}\n`;
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${t("security.codesFile", { host: location.host })}\n\n${text}`)}`;
  return (
    <section aria-label={t("security.backupCodes")} className="max-w-[520px]">
      <p className="font-medium">{t("security.keepCodes")}</p>
      <p className="text-12 text-muted">{t("security.keepCodesHint")}</p>
      <ul className="my-3 grid grid-cols-2 gap-x-6 gap-y-1 rounded-2 border border-line bg-surface px-4 py-3 font-mono text-14 sm:grid-cols-[auto_auto] sm:justify-start">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} label={t("common.copy")} copiedLabel={t("common.copied")} />
        <a href={file} download="pult-backup-codes.txt" className={buttonClass()}>
          <Icon of={Download} />
          {t("common.download")}
        </a>
        <Button variant="primary" onClick={onClose}>
          {t("security.codesKept")}
        </Button>
      </div>
    </section>
  );
}
