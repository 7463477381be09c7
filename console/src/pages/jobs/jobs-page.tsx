export const JobsPage = ({ query }: { query: URLSearchParams }) => null;
