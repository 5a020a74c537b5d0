import type { Webhook } from "@pult/api/workflows/schema.ts";
import { Ellipsis, FlaskConical, KeyRound, ListChecks, Pencil, Power, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { cx } from "../../../ui/cx.ts";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Dot } from "../../../ui/marks.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { cellClass, metaCellClass, Table, WIDE_ONLY, WIDEST_ONLY } from "../../../ui/table.tsx";
import { useEventText } from "../event-text.ts";

export type WebhookAct = "test" | "deliveries" | "edit" | "switch" | "rotate" | "delete";

function WebhookState({ webhook }: { webhook: Webhook }) {
  const t = useTranslations("webhooks");
  const time = useTimeText();
  const { isActive, failingSince, waiting } = webhook;
  const state = isActive ? (failingSince ? "failing" : "active") : "off";
  const details = [
    isActive && failingSince ? t("failingSince", { time: time.moment(failingSince) }) : "",
    waiting > 0 ? t("waiting", { count: waiting }) : "",
  ].filter(Boolean);
  return (
    <span className={cx("inline-flex items-center gap-1.5", state === "failing" && "text-warning")}>
      <Dot tone={{ active: "success", failing: "warning", off: "hollow" }[state] as "success"} />
      {[t(state), ...details].join(", ")}
    </span>
  );
}

type RowProps = { webhook: Webhook; mayWrite: boolean; onAct: (act: WebhookAct, webhook: Webhook) => void };

function WebhookMenu({ webhook, mayWrite, onAct }: RowProps) {
  const t = useTranslations("webhooks");
  const act = (name: WebhookAct) => () => onAct(name, webhook);
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label={t("actions", { name: webhook.name })} />}>
      <MenuItem icon={ListChecks} onSelect={act("deliveries")}>
        {t("deliveries")}
      </MenuItem>
      {mayWrite ? (
        <>
          <MenuItem icon={FlaskConical} onSelect={act("test")}>
            {t("test")}
          </MenuItem>
          <MenuItem icon={Pencil} onSelect={act("edit")}>
            {t("edit")}
          </MenuItem>
          <MenuItem icon={KeyRound} onSelect={act("rotate")}>
            {t("rotate")}
          </MenuItem>
          <MenuItem icon={Power} onSelect={act("switch")}>
            {t(webhook.isActive ? "switchOff" : "switchOn")}
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon={Trash2} danger onSelect={act("delete")}>
            {t("delete")}
          </MenuItem>
        </>
      ) : null}
    </Menu>
  );
}

function WebhookRow(props: RowProps) {
  const { webhook } = props;
  const t = useTranslations();
  const time = useTimeText();
  const eventText = useEventText();
  const { name, url, events, direction, deliveredAt, isActive } = webhook;
  const told = events === null ? t("webhooks.allEvents") : t("webhooks.eventCount", { count: events.length });
  return (
    <tr className={cx(!isActive && "text-muted [&_td]:text-muted")}>
      <td className={cellClass("max-w-0 max-md:w-full md:w-2/5")}>
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="block truncate text-12 text-muted" title={url}>
          {URL.parse(url)?.host}
        </span>
        <span className="block truncate text-12 md:hidden">
          <WebhookState webhook={webhook} />
        </span>
      </td>
      <td className={cx(metaCellClass, WIDEST_ONLY)} title={events?.map(eventText).join(", ")}>
        {direction === "all" ? told : `${told} · ${t(`workflows.direction.${direction}`)}`}
      </td>
      <td className={cx(metaCellClass, WIDE_ONLY)} title={deliveredAt ? time.full(deliveredAt) : undefined}>
        {deliveredAt ? time.moment(deliveredAt) : t("webhooks.never")}
      </td>
      <td className={cx(cellClass(), WIDE_ONLY)}>
        <WebhookState webhook={webhook} />
      </td>
      <td className={cellClass("w-12 text-right")}>
        <WebhookMenu {...props} />
      </td>
    </tr>
  );
}

export function WebhookTable({ webhooks, ...ways }: { webhooks: readonly Webhook[] } & Omit<RowProps, "webhook">) {
  const t = useTranslations("webhooks");
  return (
    <Table
      columns={[
        { label: t("name") },
        { label: t("events"), from: "widest" },
        { label: t("delivered"), from: "wide" },
        { label: t("state"), from: "wide" },
      ]}
      last={t("actionsHead")}
    >
      {webhooks.map((webhook) => (
        <WebhookRow key={webhook.id} webhook={webhook} {...ways} />
      ))}
    </Table>
  );
}
