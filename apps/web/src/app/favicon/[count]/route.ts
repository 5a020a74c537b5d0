const YEAR_SECONDS = 31_536_000;

function markup(count: number): string {
  const mark = `<rect width="32" height="32" rx="7" fill="#14191e"/><path d="M10 24V8h12v16" fill="none" stroke="#fff" stroke-width="3"/><circle cx="16" cy="24" r="2.2" fill="#fff"/>`;
  if (count === 0) return mark;
  const text = count > 9 ? "9+" : String(count);
  return `${mark}<circle cx="22" cy="10" r="10" fill="#b0261c"/><text x="22" y="14.5" text-anchor="middle" font-family="Arial, sans-serif" font-weight="700" font-size="${count > 9 ? 11 : 13}" fill="#fff">${text}</text>`;
}

/** The icon of the tab with its unread count, drawn here so that the content policy needs no exception for data URLs. */
export async function GET(_request: Request, { params }: { params: Promise<{ count: string }> }) {
  const count = Number((await params).count);
  if (!Number.isInteger(count) || count < 0) return new Response(null, { status: 404 });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${markup(count)}</svg>`;
  return new Response(svg, {
    headers: { "content-type": "image/svg+xml", "cache-control": `public, max-age=${YEAR_SECONDS}, immutable` },
  });
}
