/* An analytics tracker with the calling convention of Matomo's: a queue named _paq, a beacon to matomo.php. */
(function () {
  'use strict';
  var settings = { url: null, site: null };
  var waiting = [];

  function track(name) {
    var query = new URLSearchParams({
      idsite: settings.site, rec: '1', action_name: name || document.title,
      url: location.href, urlref: document.referrer, res: screen.width + 'x' + screen.height
    });
    // Not an image: a page over HTTPS would complain of one from http://localhost.
    navigator.sendBeacon(settings.url + '?' + query);
  }

  var commands = {
    setTrackerUrl: function (url) { settings.url = url; },
    setSiteId: function (site) { settings.site = site; },
    trackPageView: track,
    enableLinkTracking: function () {
      document.addEventListener('click', function (event) {
        var link = event.target.closest && event.target.closest('a[href^="http"]');
        if (link && link.host !== location.host) track('Outlink/' + link.host);
      });
    }
  };

  function run(command) {
    var name = command[0];
    if (name === 'trackPageView' && !(settings.url && settings.site)) { waiting.push(command); return; }
    if (commands[name]) commands[name].apply(null, command.slice(1));
    if (settings.url && settings.site) waiting.splice(0).forEach(run);
  }

  var queue = window._paq || [];
  window._paq = { push: function () { Array.prototype.forEach.call(arguments, run); } };
  queue.forEach(run);
})();
