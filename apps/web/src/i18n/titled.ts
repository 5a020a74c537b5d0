import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";

type Translate = Awaited<ReturnType<typeof getTranslations<never>>>;

/** `generateMetadata` of a page whose title is a text of the messages. */
export const titled = (key: Parameters<Translate>[0]) => async (): Promise<Metadata> => {
  const t = await getTranslations();
  return { title: t(key) };
};
