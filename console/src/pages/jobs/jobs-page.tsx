export const JobsPage = (_: { query: URLSearchParams }) => null;
