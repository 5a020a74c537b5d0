import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { RoomsPage } from "../../../features/trading/list/rooms-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("rooms");
  return { title: t("title") };
}

export default function Page() {
  return <RoomsPage />;
}
