import type { Scope } from "@pult/api/auth/schema.ts";
import { SCOPE_DOMAINS } from "@pult/api/domains.ts";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { Checkbox } from "../../ui/switch.tsx";
import { useMay } from "./agent-context.tsx";
import type { Access, Domain } from "./role-text.ts";

/** Scopes in the order of the product's domains, and none that another one includes. */
export function tidyScopes(scopes: readonly Scope[]): Scope[] {
  if (scopes.includes("*")) return ["*"];
  return SCOPE_DOMAINS.flatMap((domain): Scope[] => {
    if (scopes.includes(`${domain}:write`)) return [`${domain}:write`];
    return scopes.includes(`${domain}:read`) ? [`${domain}:read`] : [];
  });
}

type ScopeGridProps = {
  value: readonly Scope[];
  onChange: (scopes: Scope[]) => void;
  /** "Everything" can be chosen too, by those who hold it. */
  hasEverything?: boolean;
  error?: string;
};

const rowClass =
  "grid min-h-11 grid-cols-[minmax(0,1fr)_56px_56px] items-center border-line border-t px-3 py-0.5 sm:grid-cols-[minmax(0,1fr)_72px_72px]";

function ScopeCell({ domain, access, grid }: { domain: Domain; access: Access; grid: ScopeGridProps }) {
  const t = useTranslations("scopes");
  const may = useMay();
  const scope: Scope = `${domain}:${access}`;
  const label = t("of", { domain: t(`domain.${domain}`), access: t(access) });
  if (!may(scope)) {
    return (
      <span
        role="img"
        title={t("notYours")}
        aria-label={`${label}: ${t("notYours")}`}
        className="text-center text-muted"
      >
        –
      </span>
    );
  }
  const { value, onChange } = grid;
  const isIncluded = value.includes("*") || (access === "read" && value.includes(`${domain}:write`));
  return (
    <span className="grid justify-items-center">
      <Checkbox
        label={label}
        checked={isIncluded || value.includes(scope)}
        disabled={isIncluded}
        onChange={(checked) =>
          onChange(tidyScopes(checked ? [...value, scope] : value.filter((held) => held !== scope)))
        }
      />
    </span>
  );
}

/** Read and write, domain by domain. A scope that the agent does not hold shows a dash. */
export function ScopeGrid(props: ScopeGridProps) {
  const t = useTranslations("scopes");
  const may = useMay();
  const { value, onChange, hasEverything, error } = props;
  const everythingId = useId();
  return (
    <fieldset className="min-w-0" aria-invalid={error ? true : undefined}>
      <legend className="mb-1.5 block font-medium text-12 text-fg-2">{t("title")}</legend>
      <div className="rounded-2 border border-line">
        <div className="grid min-h-8 grid-cols-[minmax(0,1fr)_56px_56px] items-center rounded-t-2 bg-surface-2 px-3 text-12 text-muted sm:grid-cols-[minmax(0,1fr)_72px_72px]">
          <span className="num">{t("chosen", { count: value.length })}</span>
          <span aria-hidden className="text-center">
            {t("Read")}
          </span>
          <span aria-hidden className="text-center">
            {t("Write")}
          </span>
        </div>
        {SCOPE_DOMAINS.map((domain) => (
          <div key={domain} className={rowClass}>
            <span className="min-w-0 py-1">
              <span className="block font-medium">{t(`domain.${domain}`)}</span>
              <span className="block text-12 text-muted">{t(`hint.${domain}`)}</span>
            </span>
            <ScopeCell domain={domain} access="read" grid={props} />
            <ScopeCell domain={domain} access="write" grid={props} />
          </div>
        ))}
        {hasEverything && may("*") ? (
          <label htmlFor={everythingId} className={`${rowClass} cursor-pointer`}>
            <span className="min-w-0 py-1">
              <span className="block font-medium">{t("everything")}</span>
              <span className="block text-12 text-muted">{t("everythingHint")}</span>
            </span>
            <span />
            <span className="grid justify-items-center">
              <Checkbox
                id={everythingId}
                checked={value.includes("*")}
                onChange={(checked) => onChange(checked ? ["*"] : [])}
              />
            </span>
          </label>
        ) : null}
      </div>
      {error ? <p className="mt-1.5 text-12 text-danger">{error}</p> : null}
    </fieldset>
  );
}
