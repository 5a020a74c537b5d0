import type { NoticePreferences } from "@pult/api/notices/schema.ts";
import { useTranslations } from "next-intl";
import { Icon } from "../../../ui/icon.tsx";
import { Select } from "../../../ui/select.tsx";
import { Checkbox } from "../../../ui/switch.tsx";
import { iconOf, useKindText, weighs } from "../kinds.ts";
import { useSetPreferences } from "../use-preferences.ts";

const ROUTES = ["inApp", "push", "bot"] as const;
/** Of a live alert's confidence. */
const THRESHOLDS = ["0.6", "0.7", "0.8", "0.9", "0.95"];

type KindPreference = NoticePreferences["kinds"][string];
type KindProps = { kind: string; preference: KindPreference };

function ThresholdSelect({ kind, preference: { threshold } }: KindProps) {
  const t = useTranslations("notices.kinds");
  const { mutate } = useSetPreferences();
  const value = threshold === null ? "" : String(threshold);
  const offered = value === "" || THRESHOLDS.includes(value) ? THRESHOLDS : [value, ...THRESHOLDS].sort();
  const options = offered.map((one) => ({ value: one, label: t("atLeast", { share: Number(one) }) }));
  return (
    <Select
      label={t("threshold")}
      value={value}
      options={[{ value: "", label: t("everything") }, ...options]}
      onChange={(next) => mutate({ kinds: { [kind]: { threshold: next === "" ? null : Number(next) } } })}
      className="mt-1"
    />
  );
}

function KindRow({ kind, preference }: KindProps) {
  const t = useTranslations("notices.kinds");
  const label = useKindText()(kind);
  const { mutate } = useSetPreferences();
  return (
    <tr>
      <th scope="row" className="border-line border-b py-1.5 pr-2 text-left font-normal">
        <span className="flex items-center gap-2.5">
          <Icon of={iconOf(kind)} className="text-muted" />
          <span className="min-w-0">
            <span className="block">{label}</span>
            {weighs(kind) ? <ThresholdSelect kind={kind} preference={preference} /> : null}
          </span>
        </span>
      </th>
      {ROUTES.map((route) => (
        <td key={route} className="w-20 border-line border-b text-center max-md:w-14">
          <Checkbox
            label={t("cell", { kind: label, route: t(`route.${route}`) })}
            checked={preference[route]}
            onChange={(on) => mutate({ kinds: { [kind]: { [route]: on } } })}
          />
        </td>
      ))}
    </tr>
  );
}

/** Which kind comes on which way; each click is saved. */
export function KindTable({ kinds }: { kinds: NoticePreferences["kinds"] }) {
  const t = useTranslations("notices.kinds");
  return (
    <table className="w-full border-collapse text-13">
      <thead>
        <tr>
          <th scope="col" className="h-8 border-line border-b text-left font-medium text-12 text-muted">
            {t("what")}
          </th>
          {ROUTES.map((route) => (
            <th
              key={route}
              scope="col"
              className="h-8 whitespace-nowrap border-line border-b px-1 font-medium text-12 text-muted"
            >
              {t(`route.${route}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Object.entries(kinds).map(([kind, preference]) => (
          <KindRow key={kind} kind={kind} preference={preference} />
        ))}
      </tbody>
    </table>
  );
}
