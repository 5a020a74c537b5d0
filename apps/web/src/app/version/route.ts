/** The build that the server runs: pages of another one know by it that they are old. */
export function GET() {
  return new Response(process.env.BUILD ?? "", { headers: { "cache-control": "no-store" } });
}
