import { notFound, redirect } from "next/navigation";

/** Where links from outside lead: notifications, and messages of the bot. */
export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  if (!/^[1-9]\d{0,14}$/.test(id)) notFound();
  redirect(`/inbox?c=${id}`);
}
