import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { InstagramPage } from "../../../features/notifications/instagram/instagram-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("instagram");
  return { title: t("title") };
}

export default function Page() {
  return <InstagramPage />;
}
