import type { SandboxWebhook } from "@pult/sandbox/instagram/control.ts";
import { RotateCw } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/cx.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import { control } from "./control-client.ts";
import { TraySection, useAttempt, useWorld } from "./sandbox-context.tsx";

const SHOWN = 4;
const TONES = { delivered: "text-success", waiting: "text-warning", "given up": "text-danger" } as const;

function WebhookRow({ webhook }: { webhook: SandboxWebhook }) {
  const t = useTranslations("sandbox.webhooks");
  const format = useFormatter();
  const attempt = useAttempt();
  const { id, title, attempts, status, state, at } = webhook;
  const time = format.dateTime(new Date(at), { hour: "numeric", minute: "2-digit", second: "2-digit" });
  const answer = status === null ? t("notSent") : status === 0 ? t("noAnswer") : String(status);
  return (
    <li className="flex min-h-11 items-center gap-2 border-line border-t first:border-t-0">
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-13/[18px]">{title}</span>
        <span className="num block truncate text-12/4 text-muted">
          {time},{" "}
          <span className={TONES[state]}>{t(`state.${state === "given up" ? "givenUp" : state}`, { answer })}</span>
          {attempts > 1 ? `, ${t("attempts", { count: attempts })}` : ""}
        </span>
      </span>
      <IconButton icon={RotateCw} label={t("again")} onClick={() => attempt(() => control.instagram.retry(id))} />
    </li>
  );
}

/** What Instagram sent to the product and what the product answered, newest first. */
export function WebhookList() {
  const t = useTranslations("sandbox.webhooks");
  const { webhooks, isConnected, media } = useWorld().instagram;
  const attempt = useAttempt();
  const post = media.find(({ kind }) => kind === "post");
  return (
    <TraySection
      title={t("title")}
      side={
        <>
          {isConnected ? null : <Chip tone="warning">{t("notConnected")}</Chip>}
          {post ? (
            <Button variant="ghost" size="sm" onClick={() => attempt(() => control.instagram.burst(post.id))}>
              {t("burst")}
            </Button>
          ) : null}
        </>
      }
    >
      {webhooks.length === 0 ? <p className="pb-1 text-12 text-muted">{t("none")}</p> : null}
      <ul aria-live="polite" className={cx(webhooks.length === 0 && "hidden")}>
        {webhooks.slice(0, SHOWN).map((webhook) => (
          <WebhookRow key={webhook.id} webhook={webhook} />
        ))}
      </ul>
    </TraySection>
  );
}
