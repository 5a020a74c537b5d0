import type { ApiKey, Scope } from "@pult/api/auth/schema.ts";
import { Ban, Ellipsis } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Chip } from "../../../ui/chip.tsx";
import { cx } from "../../../ui/cx.ts";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Dot } from "../../../ui/marks.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { cellClass, metaCellClass, Table, WIDE_ONLY, WIDEST_ONLY } from "../../../ui/table.tsx";
import { useScopeText } from "../role-text.ts";

/** What a key is good for now. `soon`: it ends within two weeks. */
type KeyState = { state: "active" | "expired" | "revoked" } | { state: "soon"; daysLeft: number };

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

export function keyState({ expiresAt, revokedAt }: Pick<ApiKey, "expiresAt" | "revokedAt">, now: number): KeyState {
  if (revokedAt) return { state: "revoked" };
  if (!expiresAt) return { state: "active" };
  const left = Date.parse(expiresAt) - now;
  if (left <= 0) return { state: "expired" };
  const daysLeft = Math.ceil(left / DAY_MS);
  return daysLeft <= SOON_DAYS ? { state: "soon", daysLeft } : { state: "active" };
}

const MAX_SCOPES = 2;

function ScopeChips({ scopes }: { scopes: readonly Scope[] }) {
  const scopeText = useScopeText();
  const rest = scopes.slice(MAX_SCOPES);
  return (
    <span className="flex gap-1">
      {scopes.slice(0, MAX_SCOPES).map((scope) => (
        <Chip key={scope}>{scopeText(scope)}</Chip>
      ))}
      {rest.length > 0 ? <Chip title={rest.map(scopeText).join(", ")}>+{rest.length}</Chip> : null}
    </span>
  );
}

const TONES = { active: "success", soon: "warning", expired: "hollow", revoked: "hollow" } as const;

function KeyStateText({ apiKey }: { apiKey: ApiKey }) {
  const t = useTranslations("apiKeys.state");
  const found = keyState(apiKey, Date.now());
  return (
    <span className={cx("inline-flex items-center gap-1.5 align-top", found.state === "soon" && "text-warning")}>
      <Dot tone={TONES[found.state]} />
      {found.state === "soon" ? t("soon", { days: found.daysLeft }) : t(found.state)}
    </span>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: ((key: ApiKey) => void) | null }) {
  const t = useTranslations("apiKeys");
  const time = useTimeText();
  const scopeText = useScopeText();
  const { name, hint, scopes, createdByName, lastUsedAt, expiresAt, revokedAt } = apiKey;
  const isOver = keyState(apiKey, Date.now()).state === "revoked";
  const used = lastUsedAt ? time.moment(lastUsedAt) : t("never");
  return (
    <tr className={cx(isOver && "text-muted [&_td]:text-muted")}>
      <td className={cellClass("max-w-0 max-md:w-full md:max-w-52")}>
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="block truncate text-12 text-muted md:hidden">
          <KeyStateText apiKey={apiKey} /> · {scopes.map(scopeText).join(", ")}
        </span>
      </td>
      <td className={cx(metaCellClass, WIDEST_ONLY, "font-mono text-12")}>{hint ? `${hint}…` : "–"}</td>
      <td className={cx(cellClass(), WIDE_ONLY)}>
        <ScopeChips scopes={scopes} />
      </td>
      <td className={cx(metaCellClass, WIDEST_ONLY, "max-w-40 truncate")}>{createdByName ?? "–"}</td>
      <td className={cx(metaCellClass, WIDE_ONLY)} title={lastUsedAt ? time.full(lastUsedAt) : undefined}>
        {used}
      </td>
      <td className={cx(metaCellClass, WIDEST_ONLY)} title={expiresAt ? time.full(expiresAt) : undefined}>
        {revokedAt ? t("revokedAt", { date: time.date(revokedAt) }) : expiresAt ? time.date(expiresAt) : t("never")}
      </td>
      <td className={cx(cellClass("whitespace-nowrap"), WIDE_ONLY)}>
        <KeyStateText apiKey={apiKey} />
      </td>
      <td className={cellClass("w-12 text-right")}>
        {onRevoke && !isOver ? (
          <Menu trigger={<IconButton icon={Ellipsis} label={t("actions", { name })} />}>
            <MenuItem icon={Ban} danger onSelect={() => onRevoke(apiKey)}>
              {t("revoke")}
            </MenuItem>
          </Menu>
        ) : null}
      </td>
    </tr>
  );
}

const hasEnded = (key: ApiKey) => ["expired", "revoked"].includes(keyState(key, Date.now()).state);

/** Every key, the newest first; those that have ended stay at the end to be read about. */
export function KeyTable({ keys, onRevoke }: { keys: readonly ApiKey[]; onRevoke: ((key: ApiKey) => void) | null }) {
  const t = useTranslations("apiKeys");
  const ordered = [...keys].sort((a, b) => Number(hasEnded(a)) - Number(hasEnded(b)));
  return (
    <Table
      columns={[
        { label: t("name") },
        { label: t("key"), from: "widest" },
        { label: t("scopes"), from: "wide" },
        { label: t("createdBy"), from: "widest" },
        { label: t("lastUsed"), from: "wide" },
        { label: t("expires"), from: "widest" },
        { label: t("stateHead"), from: "wide" },
      ]}
      last={t("actionsHead")}
    >
      {ordered.map((key) => (
        <KeyRow key={key.id} apiKey={key} onRevoke={onRevoke} />
      ))}
    </Table>
  );
}
