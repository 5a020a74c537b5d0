import { useTranslations } from "next-intl";

/** As apps name their systems when they register a device. */
export const PLATFORM_NAMES: Readonly<Record<string, string>> = { android: "Android", ios: "iOS", web: "Web" };

/** `Chrome on Windows`, in the reader's language. */
export function useDeviceText() {
  const t = useTranslations("security");
  return (device: string): string => {
    const [browser, system] = device.split(" on ");
    if (!browser) return t("unknownDevice");
    return system ? t("deviceOn", { browser, system }) : (PLATFORM_NAMES[browser] ?? browser);
  };
}
